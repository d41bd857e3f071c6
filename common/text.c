/* text.c - text to value and back, strictly */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static int error(int number)
{
	errno = number;
	return -1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *text, which moves behind them. */
static int take_uint(const char **text, uint64_t *value)
{
	const char *p = *text;
	uint64_t v = 0;

	if (!is_digit(*p))
		return error(EINVAL);
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return error(ERANGE);
	*text = p;
	*value = v;
	return 0;
}

/* Digits with up to three behind a point, in thousandths. */
static int take_milli(const char **text, uint64_t *thousandths)
{
	uint64_t whole, scale = 100, part = 0;

	if (take_uint(text, &whole) < 0)
		return -1;
	if (**text == '.') {
		++*text;
		if (!is_digit(**text))
			return error(EINVAL);
		for (; is_digit(**text); ++*text, scale /= 10)
			part += (**text - '0') * scale;
	}
	if (__builtin_mul_overflow(whole, 1000, &whole) ||
	    __builtin_add_overflow(whole, part, thousandths))
		return error(ERANGE);
	return 0;
}

int parse_uint(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v;

	if (take_uint(&text, &v) < 0)
		return -1;
	if (*text)
		return error(EINVAL);
	if (v > max)
		return error(ERANGE);
	*value = v;
	return 0;
}

int parse_mode(const char *text, unsigned int *mode)
{
	unsigned int m = 0;

	if (!*text)
		return error(EINVAL);
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return error(EINVAL);
		m = m << 3 | (*text - '0');
		if (m > 07777)
			return error(ERANGE);
	}
	*mode = m;
	return 0;
}

int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "bkmgtp";
	uint64_t v;

	if (take_uint(&text, &v) < 0)
		return -1;
	if (*text) {
		const char *unit = strchr(units, *text | 0x20);

		if (!unit || text[1])
			return error(EINVAL);
		if (__builtin_mul_overflow(v,
					   (uint64_t)1 << 10 * (unit - units),
					   &v))
			return error(ERANGE);
	}
	*bytes = v;
	return 0;
}

int parse_duration(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {
		{ "", 1000 },   { "ms", 1 },      { "s", 1000 },
		{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	uint64_t v;

	if (take_milli(&text, &v) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (strcmp(text, units[i].unit) != 0)
			continue;
		if (v > (uint64_t)INT64_MAX / units[i].ms)
			return error(ERANGE);
		*ms = v * units[i].ms / 1000;
		return 0;
	}
	return error(EINVAL);
}

int parse_milli(const char *text, uint64_t *thousandths)
{
	if (take_milli(&text, thousandths) < 0)
		return -1;
	return *text ? error(EINVAL) : 0;
}

int parse_cpu_list(const char *text)
{
	uint64_t from, to;

	for (;; text++) {
		if (take_uint(&text, &from) < 0)
			return -1;
		if (*text == '-') {
			text++;
			if (take_uint(&text, &to) < 0)
				return -1;
			if (to < from)
				return error(EINVAL);
		}
		if (!*text)
			return 0;
		if (*text != ',')
			return error(EINVAL);
	}
}

ssize_t parse_hex(const char *text, uint8_t *bytes, size_t size)
{
	size_t len = strlen(text) / 2;

	if (strlen(text) % 2 != 0 || len > size)
		return error(EINVAL);
	for (size_t i = 0; i < 2 * len; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, text[i]);

		if (!at)
			return error(EINVAL);
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (at - digits));
	}
	return (ssize_t)len;
}

void format_hex(char *buf, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		snprintf(buf + 2 * i, 3, "%02x", bytes[i]);
	buf[2 * size] = '\0';
}

int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		return error(ENAMETOOLONG);
	return 0;
}

int copy_text(char *buf, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return error(ENAMETOOLONG);
	memcpy(buf, text, len + 1);
	return 0;
}

bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

char *split_at(char *text, char sep)
{
	char *at = strchr(text, sep);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

char *cut_word(char **rest)
{
	char *from = *rest + strspn(*rest, " \t"), *word = from, *to = from;
	char quote = '\0';

	*rest = NULL;
	if (!*from)
		return NULL;
	for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
		if (quote ? *from == quote : *from == '"' || *from == '\'') {
			quote = quote ? '\0' : *from;
			continue;
		}
		if (*from == '\\' && quote != '\'' && from[1])
			from++;
		*to++ = *from;
	}
	*rest = quote ? word : from + (*from != '\0');
	*to = '\0';
	return quote ? NULL : word;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned int text_distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	unsigned int row[LONGEST + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > LONGEST || b_len > LONGEST)
		return LONGEST + 1;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned int above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

static unsigned int strangeness(const char *text, const char *candidate)
{
	if (starts_with(candidate, text) || starts_with(text, candidate))
		return 0;
	return text_distance(text, candidate);
}

void text_nearer(const char *text, const char *candidate, const char **best)
{
	unsigned int found = strangeness(text, candidate);

	if (found > (strlen(text) + 2) / 3)
		return;
	if (!*best || found < strangeness(text, *best))
		*best = candidate;
}
