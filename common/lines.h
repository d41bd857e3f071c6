/* lines.h - KEY=VALUE lines, the form of our state files
 *
 * Adding never fails: what does not fit sets overflow, which is looked at once
 * at the end.  A value never holds a newline.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { LINES_MAX = 16384 };

struct lines {
	size_t length;
	bool overflow;
	char bytes[LINES_MAX];
};

void lines_add(struct lines *lines, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Cut the next line off *text and split it.  False at the end. */
bool lines_next(char **text, char **key, char **value);
