/* cr_ranges.h - which ranges of memory a process has, into an image */
#pragma once

#include <stdbool.h>

#include "cr_image.h"

struct cr_held;
struct cr_range;

/* The VMAs of a process that is held.  -1: reported. */
int cr_ranges_dump(struct cr_image *image, const struct cr_held *p);

/* Is it shared memory of System V's?  Its inode is the number of that. */
bool cr_range_is_sysv(const struct cr_range *r);

/* Its /proc/PID/smaps, in a buffer that the next call uses.  NULL with errno. */
char *cr_ranges_read(const struct cr_held *p);
