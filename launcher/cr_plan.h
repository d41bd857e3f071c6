/* cr_plan.h - which pages of a process go into an image, and in which pieces
 *
 * Made while nobody can change anything; what is in them may be copied later, out of
 * a snapshot.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_held;

enum cr_piece_kind {
	CR_PIECE_READ,   /* what it holds has to be read */
	CR_PIECE_HOLLOW, /* the same, and what cannot be read are zeroes */
	CR_PIECE_KEPT,  /* it is as in the parent; of any length, as the next */
	CR_PIECE_GUARD, /* nobody may touch it */
};

enum { CR_PIECE_PAGES = 64 };

struct cr_piece {
	uint64_t address, length;
	uint64_t offset;  /* in the file that it was written to */
	uint64_t present; /* a bit for each page that is not all zeroes */
	uint16_t kind, store;
	uint16_t first; /* of a range of memory */
	uint16_t lone;  /* nobody else has any of its pages */
};

/* Has it something that is to be written? */
static inline bool cr_piece_is_read(const struct cr_piece *piece)
{
	return piece->kind < CR_PIECE_KEPT;
}

struct cr_plan {
	struct cr_piece
		*pieces; /* in the order of addresses; shared with forks */
	size_t count;
	uint64_t bytes; /* to be read */
	int inner;
	pid_t pid; /* who it is read from */
	bool snapshot; /* ... and whether that has all pages in common with another */
	bool early;     /* ... or is not held, and may end at any time: */
	uint64_t start; /* then who has that pid has started later */
};

/* All that it has written to of its own, without pages of zeroes that it only looked
 * at. */
enum cr_plan_kind {
	CR_PLAN_ALL,
	CR_PLAN_SINCE, /* what is tracked and has not changed is KEPT */
	CR_PLAN_EARLY, /* while it runs: what is gone when it is read is HOLLOW */
};

/* -1: reported. */
int cr_plan_make(struct cr_plan *plan, enum cr_plan_kind kind,
		 const struct cr_image *image, const struct cr_held *p,
		 const struct cr_process *record);
