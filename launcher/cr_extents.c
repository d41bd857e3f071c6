/* cr_extents.c - where the memory of processes is in the files of an image */
#include "cr_extents.h"

#include "cr_chain.h"
#include "cr_plan.h"

enum { PAGE = 4096, RANGE_MAX = 1 << 29 };

/* One record for what follows each other here and there. */
static void tell(struct cr_image *image, struct cr_pages **last,
		 const struct cr_pages *new)
{
	struct cr_pages *p = *last;

	if (!p || p->address + p->length != new->address ||
	    p->offset + p->length != new->offset || p->source != new->source ||
	    p->length >= RANGE_MAX) {
		p = *last = cr_add(image, CR_PAGES, sizeof(*p));
		*p = *new;
		return;
	}
	p->length += new->length;
}

static void tell_piece(struct cr_image *image, const struct cr_piece *piece,
		       struct cr_pages **last)
{
	struct cr_pages page = {
		.length = PAGE,
		.offset = piece->offset,
		.source = piece->store,
	};

	for (size_t i = 0; i < piece->length / PAGE; i++) {
		page.address = piece->address + i * PAGE;
		if (!(piece->present >> i & 1))
			continue;
		tell(image, last, &page);
		page.offset += PAGE;
	}
}

/* What the parent did not have are zeroes. */
static void tell_kept(struct cr_image *image, const struct cr_piece *piece,
		      int pid, struct cr_pages **last)
{
	uint64_t at = piece->address, end = at + piece->length;
	struct cr_pages found;

	while (at < end && cr_chain_find(pid, at, end, &found)) {
		tell(image, last, &found);
		at = found.address + found.length;
	}
}

static void tell_guard(struct cr_image *image, const struct cr_piece *piece)
{
	struct cr_guard *g = cr_add(image, CR_GUARD, sizeof(*g));

	g->address = piece->address;
	g->length = piece->length;
}

static void tell_plan(struct cr_image *image, const struct cr_plan *plan)
{
	struct cr_memory *memory = cr_add(image, CR_MEMORY, sizeof(*memory));
	struct cr_pages *last = NULL;

	memory->pid = plan->inner;
	for (size_t i = 0; i < plan->count; i++) {
		const struct cr_piece *piece = plan->pieces + i;

		if (piece->first)
			last = NULL;
		if (piece->kind == CR_PIECE_KEPT)
			tell_kept(image, piece, plan->inner, &last);
		else if (piece->kind == CR_PIECE_GUARD)
			tell_guard(image, piece);
		else
			tell_piece(image, piece, &last);
	}
}

void cr_extents_add(struct cr_image *image, const struct cr_plan *const *plans,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		tell_plan(image, plans[i]);
}
