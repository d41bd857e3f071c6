/* json_read.c - JSON, read in place */
#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

#include <errno.h>
#include <string.h>

#include "json_read.h"
#include "text.h"

int json_parse(struct json_doc *d, char *text, size_t length)
{
	jsmn_parser parser;

	jsmn_init(&parser);
	d->text = text;
	d->count =
		jsmn_parse(&parser, text, length, d->values, JSON_VALUES_MAX);
	if (d->count <= 0) {
		errno = d->count == JSMN_ERROR_NOMEM ? EFBIG : EINVAL;
		return -1;
	}
	/* Behind each is a quote, a comma, a bracket or a blank. */
	for (int i = 0; i < d->count; i++)
		if (d->values[i].type >= JSMN_STRING)
			text[d->values[i].end] = '\0';
	return 0;
}

/* The index behind a value and all that is in it. */
static int behind(const struct json_doc *d, int i)
{
	int end = d->values[i].end;

	do
		i++;
	while (i < d->count && d->values[i].start < end);
	return i;
}

int json_member(const struct json_doc *d, int object, const char *name)
{
	int end;

	if (object < 0 || d->values[object].type != JSMN_OBJECT)
		return -1;
	end = behind(d, object);
	for (int key = object + 1; key + 1 < end; key = behind(d, key + 1)) {
		/* Strictly read or not, a key may be without a value. */
		if (d->values[key].type != JSMN_STRING ||
		    d->values[key].size != 1)
			return -1;
		if (strcmp(d->text + d->values[key].start, name) == 0)
			return key + 1;
	}
	return -1;
}

bool json_is_list(const struct json_doc *d, int i)
{
	return i >= 0 && d->values[i].type == JSMN_ARRAY;
}

int json_first(const struct json_doc *d, int array)
{
	return json_is_list(d, array) && d->values[array].size > 0 ? array + 1
								   : -1;
}

int json_next(const struct json_doc *d, int array, int i)
{
	int next = behind(d, i);

	return next < behind(d, array) ? next : -1;
}

bool json_is_null(const struct json_doc *d, int i)
{
	return i < 0 || (d->values[i].type == JSMN_PRIMITIVE &&
			 d->text[d->values[i].start] == 'n');
}

const char *json_string(const struct json_doc *d, int i)
{
	return i >= 0 && d->values[i].type == JSMN_STRING
		       ? d->text + d->values[i].start
		       : NULL;
}

int json_uint(const struct json_doc *d, int i, uint64_t max, uint64_t *value)
{
	if (i < 0 || d->values[i].type != JSMN_PRIMITIVE)
		return -1;
	return parse_uint(d->text + d->values[i].start, max, value);
}
