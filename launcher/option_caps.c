/* option_caps.c - capabilities by name */
#include "option.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/capability.h"
#include "common/text.h"
#include "spec.h"

/* Its bit, or 0. */
static uint64_t cap_bit(const char *name)
{
	int cap = capability_number(name);

	if (strcasecmp(name, "ALL") == 0)
		return SPEC_CAPS_ALL;
	return cap < 0 ? 0 : (uint64_t)1 << cap;
}

/* Names between commas or blanks.  Of --cap-add and --cap-drop of the same one
 * the last wins. */
static int set_caps(const struct option_use *use, uint64_t *into,
		    uint64_t *out_of)
{
	const char *name;
	uint64_t found = 0;

	for (char *rest = use->value; (name = strsep(&rest, ", \t"));) {
		uint64_t bit = cap_bit(name);

		if (!*name)
			continue;
		if (bit == 0)
			return option_bad(use, "capability", name,
					  "see capabilities(7)");
		found |= bit;
	}
	if (found == 0)
		return option_bad(use, "capability", "", NULL);
	*into |= found;
	*out_of &= ~found;
	return 0;
}

static const char *get_caps(uint64_t caps, size_t index)
{
	if (caps & SPEC_CAPS_ALL && index-- == 0)
		return "ALL";
	for (unsigned int i = 0; capability_name(i); i++)
		if (caps >> i & 1 && index-- == 0)
			return capability_name(i);
	return NULL;
}

static int set_cap_add(const struct option_use *use)
{
	return set_caps(use, &use->spec->caps_add, &use->spec->caps_drop);
}

static const char *get_cap_add(const struct option_query *q)
{
	return get_caps(q->spec->caps_add, q->index);
}

const struct option_type option_cap_add = { set_cap_add, get_cap_add };

static int set_cap_drop(const struct option_use *use)
{
	return set_caps(use, &use->spec->caps_drop, &use->spec->caps_add);
}

static const char *get_cap_drop(const struct option_query *q)
{
	return get_caps(q->spec->caps_drop, q->index);
}

const struct option_type option_cap_drop = { set_cap_drop, get_cap_drop };
