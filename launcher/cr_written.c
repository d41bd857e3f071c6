/* cr_written.c - where a process has written to since its memory was protected */
#include "cr_written.h"

#include <errno.h>

#include "cr_track.h"

enum {
	PAGE = 4096,
	SCATTERED = 100, /* pages for each region: less is no use to ask for */
	GAP_MAX = 1 << 26, /* between two ranges: it is walked, too */
};

/* The end of the last range that follows with others like it. */
static uint64_t find_run(const struct cr_written *w, const struct cr_vma *v)
{
	uint64_t end = v->end;
	const struct cr_vma *next;

	cr_each (next, w->image, v, CR_VMA, CR_OF_PROCESS) {
		if (!cr_track_takes(next) || next->start - end > GAP_MAX)
			break;
		end = next->end;
	}
	return end;
}

static int scan(struct cr_written *w, uint64_t at, uint64_t end)
{
	struct cr_scan scan =
		cr_scan_written(at, end, w->regions, CR_WRITTEN_REGIONS);
	int n = cr_scan_pages(w->pagemap, &scan);

	if (n >= 0 && scan.walk_end <= at)
		errno = EIO;
	if (n < 0 || scan.walk_end <= at)
		return -1;
	w->count = (size_t)n;
	w->next = 0;
	w->start = at;
	w->end = scan.walk_end;
	w->scattered = w->count > (w->end - at) / PAGE / SCATTERED;
	return 0;
}

/* One among them that is not tracked, and is not known which. */
static int ask(struct cr_written *w, const struct cr_vma *v, uint64_t at)
{
	if (at >= w->run_end)
		w->run_end = find_run(w, v);
	if (at >= w->alone && w->run_end > v->end) {
		if (scan(w, at, w->run_end) == 0)
			return 0;
		w->alone = w->run_end;
	}
	return scan(w, at, v->end);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int cr_written_next(struct cr_written *w, const struct cr_vma *v, uint64_t at,
		    struct cr_region *found)
{
	while (at < v->end) {
		const struct cr_region *r;
		uint64_t end;

		if ((at < w->start || at >= w->end) && ask(w, v, at) < 0)
			return -1;
		r = w->regions + w->next;
		end = least(w->end, v->end);
		if (w->scattered) {
			*found = (struct cr_region){ .start = at, .end = end };
			return 1;
		}
		for (; w->next < w->count && r->end <= at; r++)
			w->next++;
		if (w->next < w->count && r->start < end) {
			found->start = r->start > at ? r->start : at;
			found->end = least(r->end, end);
			return 1;
		}
		at = end;
	}
	return 0;
}
