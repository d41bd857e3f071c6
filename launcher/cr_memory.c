/* cr_memory.c - what the memory of a process holds, into an image */
#include "cr_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "cr_remote.h"
#include "cr_seize.h"

enum {
	PAGE = 4096,
	CHUNK = 1 << 18,
	REGIONS = 1024,
	RANGE_MAX = 1 << 29,
};

/* As <linux/fs.h> has them since Linux 6.7. */
struct scan {
	uint64_t size, flags, start, end, walk_end, regions, regions_size,
		max_pages, inverted, all, any, wanted;
};
struct region {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan)
enum { IS_FILE = 4, IS_PRESENT = 8, IS_SWAPPED = 16, IS_ZERO = 32 };

/* The same in a word of /proc/PID/pagemap. */
#define WORD_PRESENT ((uint64_t)1 << 63)
#define WORD_SWAPPED ((uint64_t)1 << 62)
#define WORD_FILE    ((uint64_t)1 << 61)

struct copy {
	struct cr_image *image;
	const struct cr_held *p;
	int mem, pagemap;
	struct cr_pages *last; /* to be made longer */
};

static bool is_zero(const char *page)
{
	uint64_t word;

	memcpy(&word, page, sizeof(word));
	return word == 0 && memcmp(page, page + 8, PAGE - 8) == 0;
}

/* In one piece, also in the file. */
static int save(struct copy *c, uint64_t address, const char *bytes,
		size_t size)
{
	int64_t offset;

	if (size == 0)
		return 0;
	offset = cr_write_pages(c->image, bytes, size);
	if (offset < 0)
		return fail("cannot write to 'pages.img'");
	if (!c->last || c->last->address + c->last->length != address ||
	    c->last->length >= RANGE_MAX) {
		c->last = cr_add(c->image, CR_PAGES, sizeof(*c->last));
		c->last->address = address;
		c->last->offset = (uint64_t)offset;
	}
	c->last->length += size;
	return 0;
}

/* Pages of nothing but zeroes are not worth it. */
static int save_chunk(struct copy *c, uint64_t address, const char *bytes,
		      size_t size)
{
	size_t from = 0, at = 0;

	for (; at < size; at += PAGE) {
		if (!is_zero(bytes + at))
			continue;
		if (save(c, address + from, bytes + from, at - from) < 0)
			return -1;
		from = at + PAGE;
	}
	return save(c, address + from, bytes + from, at - from);
}

/* What may not be read by its owner may be by way of /proc. */
static ssize_t read_theirs(const struct copy *c, uint64_t address, char *bytes,
			   size_t size)
{
	struct iovec ours = { bytes, size };
	const uint64_t theirs[] = { address, size };
	ssize_t n = syscall(SYS_process_vm_readv, c->p->pid, &ours, 1, theirs,
			    1, 0);

	return n > 0 ? n : pread(c->mem, bytes, size, (off_t)address);
}

/* Behind the end of a file there is nothing, whatever the range says. */
static int copy_pages(struct copy *c, uint64_t start, uint64_t end, bool whole)
{
	static char buf[CHUNK];

	while (start < end) {
		size_t size = end - start > CHUNK ? CHUNK : end - start;
		ssize_t n = read_theirs(c, start, buf, size);

		if (n <= 0 && whole) {
			start += PAGE;
			continue;
		}
		n -= n > 0 ? n % PAGE : 0;
		if (n <= 0)
			return fail(
				"cannot read the memory of process %d at 0x%llx",
				c->p->inner, (unsigned long long)start);
		if (save_chunk(c, start, buf, (size_t)n) < 0)
			return -1;
		start += (uint64_t)n;
	}
	return 0;
}

/* Before Linux 6.7: word by word. */
static int walk_words(struct copy *c, uint64_t start, uint64_t end)
{
	static uint64_t words[8192];

	while (start < end) {
		size_t count = (end - start) / PAGE;
		ssize_t n;

		if (count > COUNT(words))
			count = COUNT(words);
		n = pread(c->pagemap, words, count * sizeof(*words),
			  (off_t)(start / PAGE * sizeof(*words)));
		if (n < (ssize_t)sizeof(*words))
			return fail("cannot read the page map of process %d",
				    c->p->inner);
		for (size_t i = 0; i < n / sizeof(*words); i++, start += PAGE)
			if (words[i] & (WORD_PRESENT | WORD_SWAPPED) &&
			    !(words[i] & WORD_FILE) &&
			    copy_pages(c, start, start + PAGE, false) < 0)
				return -1;
	}
	return 0;
}

/* What it has written to: not the pages of a file, nor the one of zeroes. */
static int walk(struct copy *c, uint64_t start, uint64_t end)
{
	static struct region regions[REGIONS];
	struct scan scan = {
		.size = sizeof(scan),
		.start = start,
		.end = end,
		.regions = (uintptr_t)regions,
		.regions_size = COUNT(regions),
		.inverted = IS_FILE | IS_ZERO,
		.all = IS_FILE | IS_ZERO,
		.any = IS_PRESENT | IS_SWAPPED,
		.wanted = IS_PRESENT,
	};

	while (scan.start < end) {
		int n = ioctl(c->pagemap, SCAN, &scan);

		if (n < 0 && (errno == ENOTTY || errno == EINVAL))
			return walk_words(c, scan.start, end);
		if (n < 0)
			return fail("cannot read the page map of process %d",
				    c->p->inner);
		for (int i = 0; i < n; i++)
			if (copy_pages(c, regions[i].start, regions[i].end,
				       false) < 0)
				return -1;
		if (scan.walk_end <= scan.start)
			break;
		scan.start = scan.walk_end;
	}
	return 0;
}

int cr_memory_dump(struct cr_image *image, const struct cr_held *p,
		   const struct cr_process *record)
{
	struct copy c = { .image = image, .p = p };
	struct cr_memory *memory;
	const struct cr_vma *v;
	autofd int mem = -1, pagemap = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", p->pid);
	c.mem = mem = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", p->pid);
	c.pagemap = pagemap = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (mem < 0 || pagemap < 0)
		return fail("cannot read the memory of process %d", p->inner);
	memory = cr_add(image, CR_MEMORY, sizeof(*memory));
	memory->pid = p->inner;
	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS) {
		if (v->kind == CR_VDSO || v->flags & CR_SHARED)
			continue;
		/* In the file they follow each other, but in different ranges
		 * they are none. */
		c.last = NULL;
		if ((v->flags & CR_WHOLE
			     ? copy_pages(&c, v->start, v->end, true)
			     : walk(&c, v->start, v->end)) < 0)
			return -1;
	}
	return 0;
}
