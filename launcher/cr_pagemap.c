/* cr_pagemap.c - what the kernel says of the pages of a process, since Linux 6.7 */
#include "cr_pagemap.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

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
		.wanted = CR_PAGE_PRESENT,
	};
}

int cr_open_pagemap(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

int cr_scan_pages(int pagemap, struct cr_scan *scan)
{
	return ioctl(pagemap, SCAN, scan);
}
