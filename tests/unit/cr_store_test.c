/* cr_store_test.c - the checksum of an image, of any length */
#include "launcher/cr_store.h"

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
	ok(cr_sum(bytes, 64) != cr_sum(bytes + 1, 64));
	/* What has moved is noticed. */
	ok(cr_sum("12345678abcdefgh", 16) != cr_sum("abcdefgh12345678", 16));
	return done();
}
