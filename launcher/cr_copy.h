/* cr_copy.h - what the memory of processes holds, into an image */
#pragma once

#include "cr_image.h"

struct cr_plan;

/* What they hold goes to the files of an image, as planned.  -1: reported. */
int cr_copy(struct cr_image *image, const struct cr_plan *const *plans,
	    size_t count);
