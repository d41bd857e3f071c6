/* unpack_test.c - what lz4 packs comes out again, and garbage is refused */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/unpack.h"
#include "tap.h"

/* printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab tail' |
 *	lz4 -12 -BD --content-size --no-frame-crc */
static const uint8_t packed[] = {
	0x04, 0x22, 0x4d, 0x18, 0x48, 0x40, 0x25, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x1f, 0x61, 0x01, 0x00, 0x0b,
	0x60, 0x62, 0x20, 0x74, 0x61, 0x69, 0x6c, 0x00, 0x00, 0x00, 0x00,
};
static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab tail";

/* Whatever one byte is changed to, nothing outside of out is touched. */
static void test_damage(void)
{
	uint8_t bad[sizeof(packed)];
	uint8_t out[80];
	int outside = 0;

	for (size_t i = 14; i < sizeof(packed); i++)
		for (int with = 0; with < 256; with++) {
			memcpy(bad, packed, sizeof(packed));
			bad[i] = (uint8_t)with;
			memset(out, 0x55, sizeof(out));
			(void)unpack(bad, sizeof(bad), out);
			for (size_t k = sizeof(text) - 1; k < sizeof(out); k++)
				outside += out[k] != 0x55;
		}
	is(outside, 0);
	for (size_t size = 0; size < sizeof(packed) - 4; size++)
		if (unpack(packed, size, out) == 0)
			outside++;
	is(outside, 0);
	is(errno, EINVAL);
}

int main(void)
{
	char out[64] = "";

	is(unpack_size(packed, sizeof(packed)), sizeof(text) - 1);
	is(unpack(packed, sizeof(packed), (uint8_t *)out), 0);
	is_str(out, text);
	is(unpack_size((const uint8_t *)text, sizeof(text)), 0);
	test_damage();
	return done();
}
