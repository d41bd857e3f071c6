/* cr_extents.h - where the memory of processes is in the files of an image */
#pragma once

#include "cr_image.h"

struct cr_plan;

/* Of what was copied as planned: MEMORY, with its PAGES and GUARDs, for each. */
void cr_extents_add(struct cr_image *image, const struct cr_plan *const *plans,
		    size_t count);
