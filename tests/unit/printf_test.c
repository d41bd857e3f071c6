/* printf_test.c - our own snprintf writes what the C library's does */
#include <stddef.h>
#include <unistd.h>

#include "tap.h"

/* clang-format off */
#define same(text, ...)                                        \
	do {                                                   \
		char got[64];                                  \
		is(snprintf(got, sizeof(got), __VA_ARGS__),    \
		   (int)strlen(text));                         \
		is_str(got, text);                             \
	} while (0)
/* clang-format on */

static void test_cut(void)
{
	char got[8];
	volatile size_t size = sizeof(got); /* The compiler would complain. */

	is(snprintf(got, size, "%s", "0123456789"), 10);
	is_str(got, "0123456");
	size = 1;
	is(snprintf(got, size, "%d", 12345), 5);
	is_str(got, "");
}

/* What is longer than its buffer is cut, and written all the same. */
static void test_write(void)
{
	char got[2048];
	int ends[2];

	ok(pipe(ends) == 0);
	is(dprintf(ends[1], "%s %d\n", "pid", 7), 6);
	is(dprintf(ends[1], "%2000s", "long"), 1023);
	is(read(ends[0], got, sizeof(got)), 6 + 1023);
	ok(memcmp(got, "pid 7\n   ", 9) == 0);
	close(ends[0]);
	is(dprintf(-1, "%d", 1), -1);
}

int main(void)
{
	same("", "%s", "");
	same("a%b", "a%%%c", 'b');
	same("-2147483648 4294967295", "%d %u", -2147483647 - 1, ~0U);
	same("-9223372036854775807", "%ld", -9223372036854775807L);
	same("18446744073709551615", "%lu", ~0UL);
	same("7 ff 10", "%zu %x %o", (size_t)7, 255U, 8U);
	same("  ab|ab  |00ff|   -1", "%4s|%-4s|%04x|%5d", "ab", "ab", 255U, -1);
	same("abc|ab", "%.*s|%.2s", 3, "abcdef", "abcdef");
	same("ab  |  ab", "%*s|%*s", -4, "ab", 4, "ab");
	test_cut();
	test_write();
	return done();
}
