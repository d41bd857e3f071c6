/* option_ids.c - whose ids are whose in a user namespace */
#include "option.h"

#include <string.h>

#include "common/count.h"
#include "common/text.h"
#include "spec.h"

static const char *const modes[] = {
	[USERNS_HOST] = "host",
	[USERNS_AUTO] = "auto",
	[USERNS_KEEP_ID] = "keep-id",
};

static bool parse_id(char **rest, uint32_t *number)
{
	const char *word;
	uint64_t n;

	do
		word = strsep(rest, ": \t");
	while (word && !*word);
	if (!word || parse_uint(word, UINT32_MAX, &n) < 0)
		return false;
	*number = (uint32_t)n;
	return true;
}

/* The last id is (uid_t)-1, which is nobody's. */
static bool is_range(const struct id_range *r)
{
	return r->count > 0 && r->count <= UINT32_MAX - r->inside &&
	       r->count <= UINT32_MAX - r->outside;
}

/* "0:100000:65536", or as LXC has it with blanks. */
static int add_range(const struct option_use *use, struct id_map *map,
		     const char *value)
{
	struct id_range r;
	char copy[64], *rest = copy;

	if (copy_text(copy, sizeof(copy), value) < 0 ||
	    !parse_id(&rest, &r.inside) || !parse_id(&rest, &r.outside) ||
	    !parse_id(&rest, &r.count) || rest || !is_range(&r))
		return option_bad(use, "map", value, "INSIDE:OUTSIDE:COUNT");
	if (map->count == COUNT(map->ranges))
		return option_bad(use, "map", value, "too many");
	map->ranges[map->count++] = r;
	return 0;
}

static int set_id_map(const struct option_use *use)
{
	return add_range(use, use->field, use->value);
}

static const char *get_id_map(const struct option_query *q)
{
	const struct id_map *map = q->field;
	const struct id_range *r = map->ranges + q->index;

	if (q->index >= map->count ||
	    format(q->buf, OPTION_TEXT_MAX, "%u:%u:%u", r->inside, r->outside,
		   r->count) < 0)
		return NULL;
	return q->buf;
}

const struct option_type option_id_map = { set_id_map, get_id_map };

/* A map instead of a word is that of users and of groups. */
static int set_userns(const struct option_use *use)
{
	for (size_t i = USERNS_HOST; i < COUNT(modes); i++) {
		if (strcmp(use->value, modes[i]) != 0)
			continue;
		use->spec->userns = (enum userns_mode)i;
		return 0;
	}
	if (!strchr(use->value, ':'))
		return option_bad(
			use, "user namespace", use->value,
			"host, auto, keep-id or INSIDE:OUTSIDE:COUNT");
	return add_range(use, &use->spec->uids, use->value) < 0
		       ? -1
		       : add_range(use, &use->spec->gids, use->value);
}

static const char *get_userns(const struct option_query *q)
{
	return q->index == 0 ? modes[q->spec->userns] : NULL;
}

const struct option_type option_userns = { set_userns, get_userns };
