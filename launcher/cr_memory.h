/* cr_memory.h - what the memory of a process holds, into an image */
#pragma once

#include "cr_image.h"

struct cr_held;

/* MEMORY and its PAGES, of a process that is held.  -1: reported. */
int cr_memory_dump(struct cr_image *image, const struct cr_held *p,
		   const struct cr_process *record);
