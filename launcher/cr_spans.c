/* cr_spans.c - which memory of a process is still in an image only */
#include "cr_spans.h"

#include <string.h>
#include <sys/mman.h>

enum { ROOM = 1 << 9 };

static int make_room(struct cr_spans *s, size_t room)
{
	size_t size = room * sizeof(*s->first);
	void *new = s->first ? mremap(s->first, s->room * sizeof(*s->first),
				      size, MREMAP_MAYMOVE)
			     : mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (new == MAP_FAILED)
		return -1;
	s->first = new;
	s->room = room;
	return 0;
}

int cr_spans_add(struct cr_spans *s, const struct cr_span *span)
{
	if (s->count == s->room && make_room(s, 2 * s->room + ROOM) < 0)
		return -1;
	s->first[s->count++] = *span;
	return 0;
}

/* From that address on. */
static struct cr_span rest_of(const struct cr_span *span, uint64_t address)
{
	uint64_t skipped = address - span->address;

	return (struct cr_span){ address, span->length - skipped,
				 span->offset + skipped, span->source, 0 };
}

/* What crosses an address becomes two. */
static int split(struct cr_spans *s, uint64_t address)
{
	for (size_t i = 0; i < s->count; i++) {
		struct cr_span *span = s->first + i;
		struct cr_span rest;

		if (address <= span->address ||
		    address >= span->address + span->length)
			continue;
		rest = rest_of(span, address);
		span->length -= rest.length;
		return cr_spans_add(s, &rest);
	}
	return 0;
}

int cr_spans_cut(struct cr_spans *s, uint64_t from, uint64_t to)
{
	if (split(s, from) < 0 || split(s, to) < 0)
		return -1;
	for (size_t i = s->count; i-- > 0;)
		if (s->first[i].address >= from && s->first[i].address < to)
			s->first[i] = s->first[--s->count];
	return 0;
}

int cr_spans_move(struct cr_spans *s, uint64_t from, uint64_t to,
		  uint64_t length)
{
	if (cr_spans_cut(s, to, to + length) < 0 || split(s, from) < 0 ||
	    split(s, from + length) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (s->first[i].address >= from &&
		    s->first[i].address < from + length)
			s->first[i].address += to - from;
	return 0;
}

int cr_spans_copy(struct cr_spans *s, const struct cr_spans *from)
{
	if (from->count > s->room && make_room(s, from->count) < 0)
		return -1;
	memcpy(s->first, from->first, from->count * sizeof(*s->first));
	s->count = from->count;
	return 0;
}

const struct cr_span *cr_spans_find(const struct cr_spans *s, uint64_t address)
{
	for (size_t i = 0; i < s->count; i++)
		if (address - s->first[i].address < s->first[i].length)
			return s->first + i;
	return NULL;
}

const struct cr_span *cr_spans_last(const struct cr_spans *s)
{
	return s->first + s->count - 1;
}

void cr_spans_shorten(struct cr_spans *s, uint64_t size)
{
	struct cr_span *last = s->first + s->count - 1;

	*last = rest_of(last, last->address + size);
	if (last->length == 0)
		s->count--;
}

void cr_spans_turn(struct cr_spans *s)
{
	for (size_t i = 0; i < s->count / 2; i++) {
		struct cr_span *other = s->first + s->count - 1 - i;
		struct cr_span span = s->first[i];

		s->first[i] = *other;
		*other = span;
	}
}

void cr_spans_end(struct cr_spans *s)
{
	if (s->first)
		munmap(s->first, s->room * sizeof(*s->first));
	*s = (struct cr_spans)CR_SPANS_INIT;
}
