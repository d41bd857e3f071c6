/* libc.c - smaller forms of what the C library would bring
 *
 * These take the place of the library's own when minit is linked, as its 48
 * KiB are tight.  The library's printf alone is a quarter of that, most of it
 * for floating point; its clock reads the time without a system call, which
 * costs a kilobyte and saves a microsecond a minute; its strerror knows 120
 * errors.
 *
 * Of printf's formats there are %c %s %d %i %u %x %o %%, the lengths l, ll and
 * z, the flags - and 0, a width, and a precision for strings; each may be *.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/count.h"

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

/* Those that what minit does can meet. */
static const struct {
	int number;
	const char *text;
} errors[] = {
	{ EPERM, "Operation not permitted" },
	{ ENOENT, "No such file or directory" },
	{ ESRCH, "No such process" },
	{ EIO, "I/O error" },
	{ ENXIO, "No such device or address" },
	{ E2BIG, "Argument list too long" },
	{ ENOEXEC, "Exec format error" },
	{ EAGAIN, "Resource temporarily unavailable" },
	{ ENOMEM, "Out of memory" },
	{ EACCES, "Permission denied" },
	{ EBUSY, "Resource busy" },
	{ ENODEV, "No such device" },
	{ ENOTDIR, "Not a directory" },
	{ EISDIR, "Is a directory" },
	{ EINVAL, "Invalid argument" },
	{ EFBIG, "File too large" },
	{ ENOSPC, "No space left on device" },
	{ EROFS, "Read-only file system" },
	{ EMSGSIZE, "Message too large" },
	{ ECONNREFUSED, "Connection refused" },
};

static char *error_text(int number)
{
	static char text[48];
	const char *found = NULL;

	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].number == number)
			found = errors[i].text;
	if (found)
		snprintf(text, sizeof(text), "%s", found);
	else
		snprintf(text, sizeof(text), "error %d", number);
	return text;
}

static int read_clock(clockid_t clock, struct timespec *t)
{
	return (int)syscall(SYS_clock_gettime, clock, t);
}

char *strerror(int) __attribute__((alias("error_text")));
int clock_gettime(clockid_t, struct timespec *)
	__attribute__((alias("read_clock")));
int vsnprintf(char *restrict, size_t, const char *restrict, va_list)
	__attribute__((alias("write_args")));
int snprintf(char *restrict, size_t, const char *restrict, ...)
	__attribute__((alias("write_text")));
