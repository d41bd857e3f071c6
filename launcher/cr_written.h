/* cr_written.h - where a process has written to since its memory was protected
 *
 * Many ranges are asked for at once, as a call for each of a thousand is felt while
 * somebody stands still.
 */
#pragma once

#include "cr_image.h"
#include "cr_pagemap.h"

enum { CR_WRITTEN_REGIONS = 1024 };

struct cr_written {
	int pagemap;
	const struct cr_image *image;
	uint64_t run_end, alone; /* ranges up to here at once; each by itself */
	uint64_t start, end;     /* what is known, */
	bool scattered;          /* in too many pieces to be of use, */
	size_t count, next;      /* or in these */
	struct cr_region regions[CR_WRITTEN_REGIONS];
};

/* In a range of memory without a file, from that address on: 1 and the next region that
 * is to be looked at page by page, or 0: no more.  Ranges come in their order.  -1 with
 * errno: EPERM if it is not tracked. */
int cr_written_next(struct cr_written *w, const struct cr_vma *v, uint64_t at,
		    struct cr_region *found);
