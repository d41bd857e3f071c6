/* lines.c - KEY=VALUE lines, the form of our state files */
#include "lines.h"

#include <stdarg.h>
#include <stdio.h>

#include "text.h"

void lines_add(struct lines *lines, const char *key, const char *fmt, ...)
{
	size_t room = sizeof(lines->bytes) - lines->length;
	char *at = lines->bytes + lines->length;
	size_t n = snprintf(at, room, "%s=", key);
	va_list ap;

	if (n < room) {
		va_start(ap, fmt);
		n += vsnprintf(at + n, room - n, fmt, ap);
		va_end(ap);
	}
	if (n + 1 >= room) {
		lines->overflow = true;
		return;
	}
	at[n] = '\n';
	at[n + 1] = '\0';
	lines->length += n + 1;
}

bool lines_next(char **text, char **key, char **value)
{
	while (*text && **text) {
		char *line = *text;

		*text = split_at(line, '\n');
		*value = split_at(line, '=');
		*key = line;
		if (*value)
			return true;
	}
	return false;
}
