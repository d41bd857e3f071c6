/* cr_copy.h - what the memory of a process holds, into an image */
#pragma once

#include <stdbool.h>

#include "cr_image.h"

struct cr_held;
struct cr_plan;

/* MEMORY and its PAGES, as planned, out of process p: the one that the plan was made
 * for, or its snapshot, which has all pages in common with it.  -1: reported. */
int cr_copy(struct cr_image *image, const struct cr_plan *plan,
	    const struct cr_held *p, bool snapshot);
