/* cr_pagemap.h - what the kernel says of the pages of a process, since Linux 6.7
 *
 * As <linux/fs.h> has it, which is younger than what we are built with.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a page is. */
enum {
	CR_PAGE_TRACKED =
		1, /* by a userfaultfd that writing to it only marks */
	CR_PAGE_WRITTEN = 2, /* since it was protected, if ever */
	CR_PAGE_FILE = 4,
	CR_PAGE_PRESENT = 8,
	CR_PAGE_SWAPPED = 16,
	CR_PAGE_ZERO = 32,   /* the one of zeroes */
	CR_PAGE_GUARD = 256, /* nobody may touch it; since Linux 6.16 */
};

/* For scan.flags. */
enum { CR_SCAN_PROTECT = 1, CR_SCAN_TRACKED_ONLY = 2 };

struct cr_region {
	uint64_t start, end, categories;
};

struct cr_scan {
	uint64_t size, flags, start, end, walk_end, regions, regions_size,
		max_pages, inverted, all, any, wanted;
};

/* Of pages that are a process' own; of those that were written to since they were
 * protected, which takes a sixteenth of the time, but tells of what is not there
 * either way. */
struct cr_scan cr_scan_own(uint64_t start, uint64_t end,
			   struct cr_region *regions, size_t count);
struct cr_scan cr_scan_written(uint64_t start, uint64_t end,
			       struct cr_region *regions, size_t count);

/* -1 with errno. */
int cr_open_pagemap(pid_t pid);

/* How many regions there are up to scan->walk_end, which may be before the end, so that
 * nobody waits long who maps memory meanwhile; -1 with errno: EPERM where TRACKED_ONLY
 * meets what is not, ENOTTY before Linux 6.7. */
int cr_scan_pages(int pagemap, struct cr_scan *scan);
