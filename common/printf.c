/* printf.c - the C library's snprintf and dprintf, in a tenth of its size
 *
 * These take the place of the library's own when the programs are linked: most
 * of the library's is for floating point, wide characters and positions, of
 * which nothing here is ever printed.
 *
 * Of the formats there are %c %s %d %i %u %x %o %%, the lengths l, ll and z,
 * the flags - and 0, a width, and a precision for strings; each may be *.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "io.h"

struct output {
	char *buf;
	size_t size, len; /* len goes on beyond size */
};

struct conversion {
	bool left, zero;
	int width, precision; /* precision -1: none */
	int longs;
};

static void put(struct output *o, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++, o->len++)
		if (o->len + 1 < o->size)
			o->buf[o->len] = text[i];
}

static void pad(struct output *o, char with, long count)
{
	for (; count > 0; count--)
		put(o, &with, 1);
}

static void put_padded(struct output *o, const struct conversion *c,
		       const char *text, size_t len)
{
	long fill = c->width - (long)len;

	if (!c->left)
		pad(o, c->zero ? '0' : ' ', fill);
	put(o, text, len);
	if (c->left)
		pad(o, ' ', fill);
}

static void put_number(struct output *o, const struct conversion *c,
		       uint64_t value, unsigned int base, bool negative)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = "0123456789abcdef"[value % base];
	while (value /= base);
	if (negative)
		*--p = '-';
	put_padded(o, c, p, digits + sizeof(digits) - p);
}

static uint64_t take_unsigned(const struct conversion *c, va_list *ap)
{
	return c->longs ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned int);
}

static int64_t take_signed(const struct conversion *c, va_list *ap)
{
	return c->longs ? va_arg(*ap, int64_t) : va_arg(*ap, int);
}

static int take_count(const char **fmt, va_list *ap)
{
	int n = 0;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(*ap, int);
	}
	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		n = n * 10 + (**fmt - '0');
	return n;
}

/* What stands between % and the letter. */
static struct conversion take_conversion(const char **fmt, va_list *ap)
{
	struct conversion c = { .precision = -1 };

	for (;; ++*fmt) {
		if (**fmt == '-')
			c.left = true;
		else if (**fmt == '0')
			c.zero = true;
		else
			break;
	}
	c.width = take_count(fmt, ap);
	if (c.width < 0) {
		c.left = true;
		c.width = -c.width;
	}
	if (**fmt == '.') {
		++*fmt;
		c.precision = take_count(fmt, ap);
	}
	for (; **fmt == 'l' || **fmt == 'z'; ++*fmt)
		c.longs++;
	return c;
}

static void convert(struct output *o, const struct conversion *c, char letter,
		    va_list *ap)
{
	const char *text = &letter;
	int64_t number;

	switch (letter) {
	case 'd':
	case 'i':
		number = take_signed(c, ap);
		put_number(o, c, (uint64_t)(number < 0 ? -number : number), 10,
			   number < 0);
		return;
	case 'u':
		put_number(o, c, take_unsigned(c, ap), 10, false);
		return;
	case 'x':
		put_number(o, c, take_unsigned(c, ap), 16, false);
		return;
	case 'o':
		put_number(o, c, take_unsigned(c, ap), 8, false);
		return;
	case 's':
		text = va_arg(*ap, const char *);
		put_padded(o, c, text,
			   c->precision < 0 ? strlen(text)
					    : strnlen(text, c->precision));
		return;
	case 'c':
		letter = (char)va_arg(*ap, int);
		/* fall through */
	default:
		put_padded(o, c, text, 1);
	}
}

static int write_args(char *restrict buf, size_t size, const char *restrict fmt,
		      va_list args)
{
	struct output o = { .buf = buf, .size = size };
	const char *at = fmt;
	va_list ap;

	va_copy(ap, args);
	while (*at) {
		size_t plain = strcspn(at, "%");

		put(&o, at, plain);
		at += plain;
		if (*at && *++at) {
			struct conversion c = take_conversion(&at, &ap);

			if (*at)
				convert(&o, &c, *at++, &ap);
		}
	}
	va_end(ap);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

static int write_text(char *restrict buf, size_t size, const char *restrict fmt,
		      ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = write_args(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

/* Of a line or a paragraph: what is longer than buf is cut. */
static int write_out(int fd, const char *restrict fmt, ...)
{
	char buf[1024];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = write_args(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(buf))
		len = sizeof(buf) - 1;
	return write_all(fd, buf, len) < 0 ? -1 : len;
}

int vsnprintf(char *restrict, size_t, const char *restrict, va_list)
	__attribute__((alias("write_args")));
int snprintf(char *restrict, size_t, const char *restrict, ...)
	__attribute__((alias("write_text")));
int dprintf(int, const char *restrict, ...) __attribute__((alias("write_out")));
