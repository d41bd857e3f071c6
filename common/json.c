/* json.c - JSON, written piece by piece */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io.h"

static void flush(struct json *j)
{
	if (j->fd < 0 || write_all(j->fd, j->buf, j->len) < 0)
		j->failed = true;
	j->len = 0;
}

static void put(struct json *j, const char *text, size_t len)
{
	for (; len > 0; len--) {
		if (j->len == sizeof(j->buf))
			flush(j);
		j->buf[j->len++] = *text++;
	}
}

/* The length of the character that starts at p, if it is UTF-8 as it has to be:
 * not longer than needed, no surrogate, nothing over U+10FFFF; else 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char first, last, low, high; /* of the second byte */
		unsigned char length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i = 0, n = 2;

	if (*p < 0x80)
		return 1;
	while (i < sizeof(forms) / sizeof(forms[0]) &&
	       (*p < forms[i].first || *p > forms[i].last))
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || forms[i].length > left ||
	    p[1] < forms[i].low || p[1] > forms[i].high)
		return 0;
	while (n < forms[i].length && (p[n] & 0xc0) == 0x80)
		n++;
	return n == forms[i].length ? n : 0;
}

static void put_escaped(struct json *j, unsigned char c)
{
	char text[8];
	int len = c == '"' || c == '\\'
			  ? snprintf(text, sizeof(text), "\\%c", c)
			  : snprintf(text, sizeof(text), "\\u%04x",
				     c < 0x80 ? c : 0xdc00u + c);

	put(j, text, len);
}

static void put_quoted(struct json *j, const char *text, size_t len)
{
	put(j, "\"", 1);
	while (len > 0) {
		unsigned char c = (unsigned char)*text;
		size_t n = utf8_length((const unsigned char *)text, len);

		if (n == 0 || c < ' ' || c == '"' || c == '\\' || c == 127) {
			put_escaped(j, c);
			n = 1;
		} else {
			put(j, text, n);
		}
		text += n;
		len -= n;
	}
	put(j, "\"", 1);
}

static void begin_value(struct json *j, const char *key)
{
	if (j->follows)
		put(j, ",", 1);
	j->follows = true;
	if (!key)
		return;
	put_quoted(j, key, strlen(key));
	put(j, ":", 1);
}

static void open_level(struct json *j, const char *key, bool array)
{
	begin_value(j, key);
	put(j, array ? "[" : "{", 1);
	j->depth++;
	j->arrays &= ~(1u << j->depth);
	j->arrays |= (uint32_t)array << j->depth;
	j->follows = false;
}

void json_begin(struct json *j, int fd)
{
	j->fd = fd;
	j->len = j->depth = j->arrays = 0;
	j->follows = j->failed = false;
}

int json_end(struct json *j)
{
	put(j, "\n", 1);
	if (j->fd >= 0)
		flush(j);
	if (j->failed && j->fd < 0)
		errno = EMSGSIZE;
	return j->failed ? -1 : 0;
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_array(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_close(struct json *j)
{
	put(j, j->arrays >> j->depth & 1 ? "]" : "}", 1);
	j->depth--;
	j->follows = true;
}

void json_bytes(struct json *j, const char *key, const void *bytes, size_t len)
{
	begin_value(j, key);
	put_quoted(j, bytes, len);
}

void json_text(struct json *j, const char *key, const char *text)
{
	if (text) {
		json_bytes(j, key, text, strlen(text));
		return;
	}
	begin_value(j, key);
	put(j, "null", 4);
}

void json_number(struct json *j, const char *key, uint64_t number)
{
	char text[24];

	begin_value(j, key);
	put(j, text, snprintf(text, sizeof(text), "%" PRIu64, number));
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	put(j, value ? "true" : "false", value ? 4 : 5);
}
