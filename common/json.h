/* json.h - JSON, written piece by piece
 *
 *	struct json j;
 *
 *	json_begin(&j, fd);
 *	json_object(&j, NULL);
 *	json_text(&j, "name", name);
 *	json_close(&j);
 *	json_end(&j);
 *
 * Inside of an object each value has a key, elsewhere NULL.  Texts may hold any
 * bytes: what is no UTF-8 is written as U+DC80 to U+DCFF, which Python's
 * os.fsencode() makes bytes of again.  Writing never fails: what does not
 * arrive is told at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	int fd; /* -1: it has to fit into buf */
	size_t len;
	unsigned int depth;
	uint32_t arrays; /* bit n: what is open at depth n is an array */
	bool follows;    /* something stands before: a comma is due */
	bool failed;
	char buf[1024];
};

void json_begin(struct json *j, int fd);

/* End the line, and write what is left.  -1 with errno when any write failed,
 * or it did not fit. */
int json_end(struct json *j);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);

/* text NULL: null. */
void json_text(struct json *j, const char *key, const char *text);
void json_bytes(struct json *j, const char *key, const void *bytes, size_t len);
void json_number(struct json *j, const char *key, uint64_t number);
void json_bool(struct json *j, const char *key, bool value);
