/* json_read.h - JSON, read in place
 *
 *	static struct json_doc d;	(large)
 *
 *	if (json_parse(&d, text, length) == 0)
 *		for (int i = json_first(&d, list); i >= 0; i = json_next(&d, list, i))
 *			use(json_string(&d, i));
 *
 * A value is known by its index; the 0th is all of it, and -1, which all of these
 * take, is none.  Strings are as they are written: escapes stay.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSMN_HEADER
#define JSMN_STRICT
#include <jsmn.h>

enum { JSON_VALUES_MAX = 8192 };

struct json_doc {
	char *text;
	int count;
	jsmntok_t values[JSON_VALUES_MAX];
};

/* text has room for length + 1 bytes, and is changed.  EINVAL: it is no JSON;
 * EFBIG: it has too many values. */
int json_parse(struct json_doc *d, char *text, size_t length);

/* The value of that name in an object, or -1. */
int json_member(const struct json_doc *d, int object, const char *name);

/* The first value of an array, and the one behind i; -1: there is none. */
int json_first(const struct json_doc *d, int array);
int json_next(const struct json_doc *d, int array, int i);

bool json_is_list(const struct json_doc *d, int i);

/* What Go writes for an empty list; also of what is none. */
bool json_is_null(const struct json_doc *d, int i);

/* NULL: it is no string. */
const char *json_string(const struct json_doc *d, int i);

/* -1: it is no number from 0 to max. */
int json_uint(const struct json_doc *d, int i, uint64_t max, uint64_t *value);
