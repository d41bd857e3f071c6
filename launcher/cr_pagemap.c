/* cr_pagemap.c - what the kernel says of the pages of a process, since Linux 6.7 */
#include "cr_pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* It holds the lock of all mappings.  A range may be of some TB, and almost empty. */
enum { PART_MIN = 1 << 26, PARTS_MAX = 1024 };

/* What cannot be told from a page in swap by kernels that do not know it. */
static uint64_t unknown;

#define SCAN _IOWR('f', 16, struct cr_scan)

struct cr_scan cr_scan_own(uint64_t start, uint64_t end,
			   struct cr_region *regions, size_t count)
{
	return (struct cr_scan){
		.size = sizeof(struct cr_scan),
		.start = start,
		.end = end,
		.regions = (uintptr_t)regions,
		.regions_size = count,
		.inverted = CR_PAGE_FILE | CR_PAGE_ZERO,
		.all = CR_PAGE_FILE | CR_PAGE_ZERO,
		.any = CR_PAGE_PRESENT | CR_PAGE_SWAPPED,
		.wanted = CR_PAGE_PRESENT | CR_PAGE_GUARD,
	};
}

struct cr_scan cr_scan_written(uint64_t start, uint64_t end,
			       struct cr_region *regions, size_t count)
{
	struct cr_scan scan = cr_scan_own(start, end, regions, count);

	/* With anything more to be asked the kernel takes the longer way. */
	scan.flags = CR_SCAN_TRACKED_ONLY;
	scan.inverted = scan.any = 0;
	scan.all = scan.wanted = CR_PAGE_WRITTEN;
	return scan;
}

int cr_open_pagemap(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

int cr_scan_pages(int pagemap, struct cr_scan *scan)
{
	uint64_t end = scan->end, part = (end - scan->start) / PARTS_MAX;
	int n;

	if (part < PART_MIN)
		part = PART_MIN;
	if (end - scan->start > part)
		scan->end = scan->start + part;
	do {
		scan->wanted &= ~unknown;
		scan->inverted &= ~unknown;
		scan->all &= ~unknown;
		n = ioctl(pagemap, SCAN, scan);
	} while (n < 0 && errno == EINVAL && !unknown &&
		 (unknown = CR_PAGE_GUARD));
	scan->end = end;
	return n;
}
