/* unpack.c - what lz4(1) packed
 *
 * A frame is a header with the length of the content, then blocks, each behind
 * its length.  A block is a row of sequences: some bytes as they are, and some
 * that were there before.  See lz4_Frame_format.md and lz4_Block_format.md.
 */
#include "unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	MAGIC = 0x184D2204,
	HEADER_BYTES = 15,       /* with the length of the content */
	HAS_SIZE = 1 << 3,       /* flags */
	PLAIN = (int)(1U << 31), /* in a block's length: it is not packed */
	MATCH_MIN = 4,
};

struct input {
	const uint8_t *at, *end;
};

struct output {
	uint8_t *start, *at, *end;
};

static uint32_t take_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

uint64_t unpack_size(const uint8_t *frame, size_t size)
{
	if (size < HEADER_BYTES || take_u32(frame) != MAGIC ||
	    !(frame[4] & HAS_SIZE))
		return 0;
	return take_u32(frame + 6) | (uint64_t)take_u32(frame + 10) << 32;
}

/* 15 in the token means that more bytes follow, until one is not 255. */
static bool take_length(struct input *in, size_t *length)
{
	uint8_t byte;

	if (*length != 15)
		return true;
	do {
		if (in->at == in->end)
			return false;
		byte = *in->at++;
		*length += byte;
	} while (byte == 255);
	return true;
}

static bool take_literals(struct input *in, struct output *out, size_t length)
{
	if (length > (size_t)(in->end - in->at) ||
	    length > (size_t)(out->end - out->at))
		return false;
	memcpy(out->at, in->at, length);
	in->at += length;
	out->at += length;
	return true;
}

/* Byte by byte: a match may overlap what it makes. */
static bool copy_match(struct input *in, struct output *out, size_t length)
{
	size_t offset;

	if (in->end - in->at < 2)
		return false;
	offset = (size_t)(in->at[0] | in->at[1] << 8);
	in->at += 2;
	if (!take_length(in, &length))
		return false;
	length += MATCH_MIN;
	if (offset == 0 || offset > (size_t)(out->at - out->start) ||
	    length > (size_t)(out->end - out->at))
		return false;
	for (; length > 0; length--, out->at++)
		*out->at = out->at[-(ptrdiff_t)offset];
	return true;
}

/* The last sequence of a block has no match. */
static bool unpack_block(struct input in, struct output *out)
{
	while (in.at < in.end) {
		uint8_t token = *in.at++;
		size_t length = token >> 4;

		if (!take_length(&in, &length) ||
		    !take_literals(&in, out, length))
			return false;
		if (in.at < in.end && !copy_match(&in, out, token & 15))
			return false;
	}
	return true;
}

int unpack(const uint8_t *frame, size_t size, uint8_t *out)
{
	uint64_t room = unpack_size(frame, size);
	struct output o = { .start = out, .at = out };
	const uint8_t *at = frame + HEADER_BYTES, *end = frame + size;

	o.end = out + room;
	while (room > 0 && end - at >= 4) {
		uint32_t header = take_u32(at);
		size_t length = header & ~(uint32_t)PLAIN;
		struct input in = { at + 4, at + 4 + length };

		if (header == 0)
			break;
		if (length > (size_t)(end - at - 4))
			goto broken;
		if (header & (uint32_t)PLAIN ? !take_literals(&in, &o, length)
					     : !unpack_block(in, &o))
			goto broken;
		at += 4 + length;
	}
	if (room > 0 && o.at == o.end)
		return 0;
broken:
	errno = EINVAL;
	return -1;
}
