/* cr_plan.c - which pages of a process go into an image, and in which pieces */
#include "cr_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "cr_pagemap.h"
#include "cr_seize.h"

enum {
	PAGE = 4096,
	PIECES_MAX = 1 << 24,
	REGIONS = 1024,
};

/* The same in a word of /proc/PID/pagemap. */
#define WORD_PRESENT ((uint64_t)1 << 63)
#define WORD_SWAPPED ((uint64_t)1 << 62)
#define WORD_FILE    ((uint64_t)1 << 61)

/* What cannot be told from a page in swap by kernels that do not know it. */
static uint64_t guards = CR_PAGE_GUARD;

/* Of all processes. */
static struct cr_piece *pieces;
static size_t piece_count;

struct planning {
	struct cr_plan *plan;
	const struct cr_held *p;
	int pagemap;
	bool since, first, lone;
};

/* What is not written to takes no memory. */
static int make_room(void)
{
	void *room;

	if (pieces)
		return 0;
	room = mmap(NULL, PIECES_MAX * sizeof(*pieces), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return fail("cannot get memory for an image");
	pieces = room;
	return 0;
}

static uint64_t room_in(const struct cr_piece *piece)
{
	return cr_piece_is_read(piece)
		       ? CR_PIECE_PAGES * (uint64_t)PAGE - piece->length
		       : UINT64_MAX;
}

static int add(struct planning *g, uint64_t start, uint64_t end,
	       enum cr_piece_kind kind)
{
	while (start < end) {
		struct cr_piece *last = pieces + piece_count - 1;
		uint64_t size = end - start;

		if (g->first || last->kind != kind || room_in(last) == 0 ||
		    last->address + last->length != start) {
			if (piece_count == PIECES_MAX)
				return failx(
					"cannot checkpoint process %d: it has too much memory",
					g->p->inner);
			last = pieces + piece_count++;
			*last = (struct cr_piece){ .address = start,
						   .kind = kind,
						   .first = g->first,
						   .lone = g->lone };
			g->plan->count++;
			g->first = false;
		}
		if (size > room_in(last))
			size = room_in(last);
		last->length += size;
		start += size;
		if (cr_piece_is_read(last))
			g->plan->bytes += size;
	}
	return 0;
}

static int fail_read(const struct planning *g)
{
	return fail("cannot read the page map of process %d", g->p->inner);
}

/* Before Linux 6.7: word by word. */
static int walk_words(struct planning *g, uint64_t start, uint64_t end)
{
	static uint64_t words[8192];

	while (start < end) {
		size_t count = (end - start) / PAGE;
		ssize_t n;

		if (count > COUNT(words))
			count = COUNT(words);
		n = pread(g->pagemap, words, count * sizeof(*words),
			  (off_t)(start / PAGE * sizeof(*words)));
		if (n < (ssize_t)sizeof(*words))
			return fail_read(g);
		for (size_t i = 0; i < n / sizeof(*words); i++, start += PAGE)
			if (words[i] & (WORD_PRESENT | WORD_SWAPPED) &&
			    !(words[i] & WORD_FILE) &&
			    add(g, start, start + PAGE, CR_PIECE_READ) < 0)
				return -1;
	}
	return 0;
}

static enum cr_piece_kind kind_of(const struct planning *g,
				  const struct cr_region *region)
{
	if (region->categories & CR_PAGE_GUARD)
		return CR_PIECE_GUARD;
	return g->since && (region->categories &
			    (CR_PAGE_TRACKED | CR_PAGE_WRITTEN)) ==
				       CR_PAGE_TRACKED
		       ? CR_PIECE_KEPT
		       : CR_PIECE_READ;
}

/* What it has written to: not the pages of a file, nor the one of zeroes. */
static int walk(struct planning *g, uint64_t start, uint64_t end)
{
	static struct cr_region regions[REGIONS];
	struct cr_scan scan = cr_scan_own(start, end, regions, REGIONS);

	scan.wanted = guards | (g->since ? CR_PAGE_TRACKED | CR_PAGE_WRITTEN
					 : CR_PAGE_PRESENT);
	while (scan.start < end) {
		int n = cr_scan_pages(g->pagemap, &scan);

		if (n < 0 && errno == EINVAL && guards) {
			scan.wanted &= ~guards;
			guards = 0;
			continue;
		}
		if (n < 0 && (errno == ENOTTY || errno == EINVAL))
			return walk_words(g, scan.start, end);
		if (n < 0)
			return fail_read(g);
		for (int i = 0; i < n; i++)
			if (add(g, regions[i].start, regions[i].end,
				kind_of(g, regions + i)) < 0)
				return -1;
		if (scan.walk_end <= scan.start)
			break;
		scan.start = scan.walk_end;
	}
	return 0;
}

/* What is there in whole need not be asked for. */
static int add_range(struct planning *g, const struct cr_vma *v)
{
	/* They may follow each other, but in different ranges they are none. */
	g->first = true;
	g->lone = v->flags & CR_LONE;
	if (v->flags & CR_WHOLE)
		return add(g, v->start, v->end, CR_PIECE_HOLLOW);
	if (v->flags & CR_FULL && !g->since)
		return add(g, v->start, v->end, CR_PIECE_READ);
	return walk(g, v->start, v->end);
}

int cr_plan_make(struct cr_plan *plan, const struct cr_image *image,
		 const struct cr_held *p, const struct cr_process *record,
		 bool since)
{
	autofd int pagemap = cr_open_pagemap(p->pid);
	struct planning g = {
		.plan = plan, .p = p, .pagemap = pagemap, .since = since
	};
	const struct cr_vma *v;

	if (make_room() < 0)
		return -1;
	if (pagemap < 0)
		return fail_read(&g);
	*plan = (struct cr_plan){
		.pieces = pieces + piece_count,
		.inner = p->inner,
		.pid = p->pid,
	};
	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS) {
		if (v->kind != CR_VDSO && !(v->flags & CR_SHARED) &&
		    add_range(&g, v) < 0)
			return -1;
	}
	return 0;
}
