/* cr_ranges.h - which ranges of memory a process has, into an image */
#pragma once

#include "cr_image.h"

struct cr_held;

/* The VMAs of a process that is held.  -1: reported. */
int cr_ranges_dump(struct cr_image *image, const struct cr_held *p);

/* Its /proc/PID/smaps, in a buffer that the next call uses.  NULL with errno. */
char *cr_ranges_read(const struct cr_held *p);
