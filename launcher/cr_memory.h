/* cr_memory.h - what the memory of a process holds, into an image and back */
#pragma once

#include <stdbool.h>

#include "cr_image.h"

struct cr_held;
struct cr_remote;

/* MEMORY and its PAGES, of a process that is held.  -1: reported. */
int cr_memory_dump(struct cr_image *image, const struct cr_held *p,
		   const struct cr_process *record);

/* A process makes its ranges of memory, and fills them.  files: which fd of its
 * own the FILEs begin at; pages: which one pages.img is.  lazy: long ranges are
 * mapped from there.  -1: reported. */
int cr_memory_restore(struct cr_remote *r, const struct cr_image *image,
		      const struct cr_process *p, int files, int pages,
		      bool lazy);
