/* cr_store_test.c - the checksum of an image, of any length */
/* With its two ways to add, which nobody else sees. */
#include "launcher/cr_store.c" /* NOLINT(bugprone-suspicious-include) */

#include <string.h>

#include "tap.h"

enum { MOST = 300 };

/* As simple as can be. */
static uint64_t expected(const unsigned char *bytes, size_t size)
{
	uint64_t plain = 0, weighed = 0;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t word = 0;

		memcpy(&word, bytes + i, size - i < 8 ? size - i : 8);
		plain += word;
		weighed += (i / 8 + 1) * word;
	}
	return plain ^ (weighed << 32 | weighed >> 32);
}

/* Both ways to add rows, from any address on. */
static size_t differences(const unsigned char *bytes)
{
	uint64_t narrow[2][WORDS], wide[2][WORDS];
	size_t wrong = 0;

	for (size_t count = 0; count <= MOST / sizeof(struct row); count++)
		for (size_t from = 0; from + count * sizeof(struct row) <= MOST;
		     from++) {
			add_rows(bytes + from, count, narrow);
			add_wide_rows(bytes + from, count, wide);
			wrong += memcmp(narrow, wide, sizeof(wide)) != 0;
		}
	return wrong;
}

int main(void)
{
	unsigned char bytes[MOST + 1];
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * i * 37 + 11);
	for (size_t size = 0; size <= MOST; size++)
		for (size_t from = 0; from < 2 && from + size <= MOST; from++)
			wrong += cr_sum(bytes + from, size) !=
				 expected(bytes + from, size);
	is(wrong, 0);
	if (cr_machine_is_wide())
		is(differences(bytes), 0);
	ok(cr_sum(bytes, 64) != cr_sum(bytes + 1, 64));
	/* What has moved is noticed. */
	ok(cr_sum("12345678abcdefgh", 16) != cr_sum("abcdefgh12345678", 16));
	return done();
}
