/* cr_plan.c - which pages of a process go into an image, and in which pieces */
#include "cr_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/report.h"
#include "cr_pagemap.h"
#include "cr_seize.h"
#include "cr_track.h"
#include "cr_written.h"

enum {
	PAGE = 4096,
	PIECES_MAX = 1 << 24,
	REGIONS = 1024,
	TABLE = 512 * PAGE, /* what a table of pages is for */
};

/* The same in a word of /proc/PID/pagemap. */
#define WORD_PRESENT ((uint64_t)1 << 63)
#define WORD_SWAPPED ((uint64_t)1 << 62)
#define WORD_FILE    ((uint64_t)1 << 61)

/* Of all processes. */
static struct cr_piece *pieces;
static size_t piece_count;

struct planning {
	struct cr_plan *plan;
	const struct cr_held *p;
	int pagemap;
	enum cr_plan_kind kind;
	bool first, lone;
	struct cr_written *written;
	uint64_t table_end; /* up to there is a table of pages */
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
	return g->plan->early ? 0
			      : fail("cannot read the page map of process %d",
				     g->p->inner);
}

static enum cr_piece_kind kind_of(const struct planning *g,
				  const struct cr_region *region)
{
	const uint64_t both = CR_PAGE_TRACKED | CR_PAGE_WRITTEN;

	if (region && region->categories & CR_PAGE_GUARD)
		return CR_PIECE_GUARD;
	if (region && (region->categories & both) == CR_PAGE_TRACKED)
		return CR_PIECE_KEPT;
	return g->plan->early ? CR_PIECE_HOLLOW : CR_PIECE_READ;
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
			    add(g, start, start + PAGE, kind_of(g, NULL)) < 0)
				return -1;
	}
	return 0;
}

/* What it has written to: not the pages of a file, nor the one of zeroes. */
static int walk(struct planning *g, uint64_t start, uint64_t end)
{
	static struct cr_region regions[REGIONS];
	struct cr_scan scan = cr_scan_own(start, end, regions, REGIONS);

	if (g->kind == CR_PLAN_SINCE)
		scan.wanted |= CR_PAGE_TRACKED | CR_PAGE_WRITTEN;
	while (scan.start < end) {
		int n = cr_scan_pages(g->pagemap, &scan);

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

/* Nothing is said of where there is no page table, as if nobody had written to what
 * was there.  One page that is there stands for its table, also of another range. */
static int keep(struct planning *g, uint64_t start, uint64_t end)
{
	struct cr_region found;
	struct cr_scan scan = cr_scan_own(start, end, &found, 1);

	scan.max_pages = 1;
	while (scan.start < end) {
		int n = scan.start < g->table_end;

		found.start = scan.start;
		if (n == 0)
			n = cr_scan_pages(g->pagemap, &scan);
		if (n < 0)
			return fail_read(g);
		if (n == 0) {
			scan.start = scan.walk_end;
			continue;
		}
		g->table_end = (found.start | (TABLE - 1)) + 1;
		scan.start = g->table_end < end ? g->table_end : end;
		if (add(g, found.start, scan.start, CR_PIECE_KEPT) < 0)
			return -1;
	}
	return 0;
}

/* Of what is tracked only what has changed is looked at page by page, where that is
 * little of much. */
static int walk_since(struct planning *g, const struct cr_vma *v)
{
	struct cr_region r;
	uint64_t at = v->start;
	int n;

	while ((n = cr_written_next(g->written, v, at, &r)) > 0) {
		if (keep(g, at, r.start) < 0 || walk(g, r.start, r.end) < 0)
			return -1;
		at = r.end;
	}
	if (n < 0 && errno == EPERM && at == v->start)
		return walk(g, v->start, v->end);
	return n < 0 ? fail_read(g) : keep(g, at, v->end);
}

/* What is there in whole need not be asked for. */
static int add_range(struct planning *g, const struct cr_vma *v)
{
	/* They may follow each other, but in different ranges they are none. */
	g->first = true;
	g->lone = v->flags & CR_LONE;
	if (v->flags & CR_WHOLE)
		return add(g, v->start, v->end, CR_PIECE_HOLLOW);
	if (v->flags & CR_FULL && g->kind == CR_PLAN_ALL)
		return add(g, v->start, v->end, CR_PIECE_READ);
	return g->kind == CR_PLAN_SINCE && cr_track_takes(v)
		       ? walk_since(g, v)
		       : walk(g, v->start, v->end);
}

int cr_plan_make(struct cr_plan *plan, enum cr_plan_kind kind,
		 const struct cr_image *image, const struct cr_held *p,
		 const struct cr_process *record)
{
	static struct cr_written written; /* large */
	autofd int pagemap = cr_open_pagemap(p->pid);
	struct planning g = { .plan = plan,
			      .p = p,
			      .pagemap = pagemap,
			      .kind = kind,
			      .written = &written };
	const struct cr_vma *v;

	if (make_room() < 0)
		return -1;
	*plan = (struct cr_plan){
		.pieces = pieces + piece_count,
		.inner = p->inner,
		.pid = p->pid,
		.early = kind == CR_PLAN_EARLY,
	};
	if (plan->early)
		plan->start = proc_start_time(p->pid);
	if (pagemap < 0)
		return fail_read(&g);
	written.pagemap = pagemap;
	written.image = image;
	written.end = written.run_end = written.alone = 0;
	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS)
		if (v->kind != CR_VDSO && !(v->flags & CR_SHARED) &&
		    add_range(&g, v) < 0)
			return -1;
	return 0;
}
