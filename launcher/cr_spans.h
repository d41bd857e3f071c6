/* cr_spans.h - which memory of a process is still in an image only
 *
 * Ranges that do not overlap, in no order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cr_span {
	uint64_t address, length, offset;
	uint32_t source, pad; /* as in PAGES */
};

struct cr_spans {
	struct cr_span *first;
	size_t count, room;
};
#define CR_SPANS_INIT      \
	{                  \
		NULL, 0, 0 \
	}

/* All return -1 with errno when there is no memory for them. */
int cr_spans_add(struct cr_spans *s, const struct cr_span *span);

/* What is between two addresses is none of it any more. */
int cr_spans_cut(struct cr_spans *s, uint64_t from, uint64_t to);

/* So many bytes are somewhere else now, and what was there is gone. */
int cr_spans_move(struct cr_spans *s, uint64_t from, uint64_t to,
		  uint64_t length);

/* Into an empty one. */
int cr_spans_copy(struct cr_spans *s, const struct cr_spans *from);

/* The one with that address; NULL: there is none. */
const struct cr_span *cr_spans_find(const struct cr_spans *s, uint64_t address);

/* The one that was added last, of at least one; it has so many bytes less, at its
 * beginning. */
const struct cr_span *cr_spans_last(const struct cr_spans *s);
void cr_spans_shorten(struct cr_spans *s, uint64_t size);

/* What was last is first. */
void cr_spans_turn(struct cr_spans *s);

void cr_spans_end(struct cr_spans *s);
