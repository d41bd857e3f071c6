/* option.c - one thing that can be wanted: find it, set it, say it */
#include "option.h"

#include <stdio.h>
#include <string.h>

#include "common/report.h"
#include "common/text.h"
#include "spec.h"

const struct option_def *option_find(const char *name, size_t len)
{
	size_t count;
	const struct option_def *def = option_table(&count);

	for (; count > 0; count--, def++)
		if (strlen(def->name) == len &&
		    memcmp(def->name, name, len) == 0)
			return def;
	return NULL;
}

const char *option_nearest(const char *name, size_t len)
{
	char text[64];
	const char *best = NULL;
	size_t count;
	const struct option_def *def = option_table(&count);

	/* What is longer resembles nothing; its beginning may. */
	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	for (; count > 0; count--, def++)
		text_nearer(text, def->name, &best);
	return best;
}

const char *option_get(const struct option_def *def, const struct spec *spec,
		       size_t index, char buf[OPTION_TEXT_MAX])
{
	struct option_query q = {
		.def = def,
		.spec = spec,
		.field = (const char *)spec + def->field,
		.index = index,
	};

	q.buf = buf;
	return def->type->get ? def->type->get(&q) : NULL;
}

int option_set(const struct option_def *def, struct spec *spec, char *value,
	       const char *origin)
{
	struct option_use use = {
		.def = def,
		.spec = spec,
		.field = (char *)spec + def->field,
		.origin = origin,
	};

	use.value = value;
	return def->type->set(&use);
}

int option_bad(const struct option_use *use, const char *what,
	       const char *value, const char *why)
{
	if (why)
		return failx("bad %s '%s' for %s (%s)", what, value,
			     use->origin, why);
	return failx("bad %s '%s' for %s", what, value, use->origin);
}

const char *option_get_nothing(const struct option_query *q)
{
	(void)q;
	return NULL;
}
