/* cr_mapping.c - a process makes its memory that of one of an image */
#include "cr_mapping.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "common/count.h"
#include "cr_ipc.h"
#include "cr_lazy.h"
#include "cr_steps.h"
#include "cr_vdso.h"

enum {
	VECTORS = 1024, /* IOV_MAX */
	POPULATE_MIN = 2 << 12,
	READ_MAX = 1 << 30,
	POPULATE_WRITE = 23, /* MADV_POPULATE_WRITE */
	GUARD_INSTALL = 102, /* MADV_GUARD_INSTALL */
	SET_MM_MAP = 14,     /* PR_SET_MM_MAP */
	VMA_STEPS = 12,      /* at most */
	PAGES_STEPS = 2,
	DATA = 4096, /* but for auxv and the vectors */
};

struct vector {
	uint64_t address, size; /* an iovec */
};

struct mapping {
	struct cr_steps steps;
	const struct cr_image *image;
	const struct cr_process *p;
	const struct cr_places *at;
	enum cr_way way;
	uint64_t watch, watch_end; /* what is to be, and is mapped */
};

/* The first PAGES or GUARD of a process; NULL: it has none. */
static const void *first_of(const struct mapping *m, enum cr_type type)
{
	const struct cr_memory *memory;

	cr_each (memory, m->image, NULL, CR_MEMORY, 0)
		if (memory->pid == m->p->pid)
			return cr_next(m->image, memory, type,
				       CR_STOP(CR_MEMORY));
	return NULL;
}

static const struct cr_guard *next_guard(const struct mapping *m,
					 const struct cr_guard *g)
{
	return cr_next(m->image, g, CR_GUARD, CR_STOP(CR_MEMORY));
}

static const struct cr_pages *next_pages(const struct mapping *m,
					 const struct cr_pages *pages)
{
	return cr_next(m->image, pages, CR_PAGES, CR_STOP(CR_MEMORY));
}

/* Room for all of it. */
static void begin(struct mapping *m)
{
	const void *auxv = cr_next(m->image, m->p, CR_AUXV, CR_OF_PROCESS);
	size_t count = 0, data = DATA + (auxv ? cr_length(auxv) : 0);
	size_t aside = cr_vdso_span(m->image, m->p);
	const struct cr_pages *pages = first_of(m, CR_PAGES);
	const struct cr_guard *g = first_of(m, CR_GUARD);
	const struct cr_vma *v;
	size_t shared = 0;

	cr_each (v, m->image, m->p, CR_VMA, CR_OF_PROCESS) {
		size_t size = v->kind == CR_SYSV ? cr_ipc_size(m->image, v) : 0;

		count += VMA_STEPS;
		data += CR_LAZY_DATA;
		shared = size > shared ? size : shared;
	}
	for (; pages; pages = next_pages(m, pages)) {
		count += PAGES_STEPS;
		data += sizeof(struct vector);
	}
	for (; g; g = next_guard(m, g))
		count++;
	cr_steps_begin(&m->steps, m->image, m->p, count, data, aside + shared);
}

static void map_range(struct mapping *m, const struct cr_vma *v)
{
	int flags =
		MAP_FIXED | (v->flags & CR_SHARED ? MAP_SHARED : MAP_PRIVATE);
	int prot = (int)v->prot;

	/* So that it can be filled: it is made what it was behind that. */
	if (!(v->flags & CR_SHARED))
		prot |= PROT_WRITE;
	if (v->kind == CR_ANON)
		flags |= MAP_ANONYMOUS | MAP_NORESERVE;
	if (v->flags & CR_GROWS)
		flags |= MAP_GROWSDOWN;
	cr_must(&m->steps, SYS_mmap, v->start, v->end - v->start,
		(uint64_t)prot, (uint64_t)flags,
		v->kind == CR_ANON ? UINT64_MAX
				   : (uint64_t)(m->at->files + v->file),
		v->offset);
}

static void finish_range(struct mapping *m, const struct cr_vma *v)
{
	static const struct {
		uint32_t flag;
		int advice;
	} advices[] = {
		{ CR_DONTFORK, MADV_DONTFORK },
		{ CR_WIPEONFORK, MADV_WIPEONFORK },
		{ CR_HUGE, MADV_HUGEPAGE },
		{ CR_NOHUGE, MADV_NOHUGEPAGE },
		{ CR_NODUMP, MADV_DONTDUMP },
	};
	uint64_t size = v->end - v->start;

	if (!(v->flags & CR_SHARED) && !(v->prot & PROT_WRITE))
		cr_must(&m->steps, SYS_mprotect, v->start, size, v->prot);
	for (size_t i = 0; i < COUNT(advices); i++)
		if (v->flags & advices[i].flag)
			cr_may(&m->steps, SYS_madvise, v->start, size,
			       (uint64_t)advices[i].advice);
	if (v->flags & CR_LOCKED)
		cr_may(&m->steps, SYS_mlock, v->start, size);
}

/* The fd of a file with pages. */
static uint64_t pages_of(const struct mapping *m, uint32_t source)
{
	return (uint64_t)m->at->pages + source;
}

/* As many as follow each other in the file, with one call. */
static const struct cr_pages *
read_run(struct mapping *m, const struct cr_vma *v, const struct cr_pages *p)
{
	uint64_t size = 0, offset = p->offset;
	const uint32_t source = p->source;
	struct vector *vectors = NULL;
	size_t count = 0;

	do {
		/* At once: by itself each page would be a fault.  Since Linux
		 * 5.14. */
		if (p->length >= POPULATE_MIN)
			cr_may(&m->steps, SYS_madvise, p->address, p->length,
			       POPULATE_WRITE);
		/* They grow downwards, and so does their data. */
		vectors = cr_steps_data(&m->steps, sizeof(*vectors));
		*vectors = (struct vector){ p->address, p->length };
		count++;
		size += p->length;
		p = next_pages(m, p);
	} while (p && p->address < v->end && count < VECTORS &&
		 p->source == source && p->offset == offset + size &&
		 size + p->length < READ_MAX);
	for (size_t i = 0; i < count / 2; i++) {
		struct vector last = vectors[count - 1 - i];

		vectors[count - 1 - i] = vectors[i];
		vectors[i] = last;
	}
	cr_step(&m->steps, (int64_t)size, SYS_preadv,
		(const uint64_t[6]){ pages_of(m, source), (uintptr_t)vectors,
				     count, offset });
	return p;
}

static void watch_so_far(struct mapping *m)
{
	if (m->watch_end)
		cr_lazy_watch(&m->steps, m->at->faults, m->watch, m->watch_end);
	m->watch_end = 0;
}

/* With those before it at once, unless we are between them: a call more for each of
 * many ranges is felt. */
static void watch(struct mapping *m, const struct cr_vma *v)
{
	const uint64_t room = (uintptr_t)m->steps.room;

	if (m->watch < room && room < v->start)
		watch_so_far(m);
	if (!m->watch_end)
		m->watch = v->start;
	m->watch_end = v->end;
}

static const struct cr_pages *fill(struct mapping *m, const struct cr_vma *v,
				   const struct cr_pages *pages)
{
	const bool others = cr_lazy_takes(m->way, m->p, v);

	if (others && m->way == CR_LATER)
		watch(m, v);
	else
		watch_so_far(m);
	while (pages && pages->address < v->end)
		pages = others ? next_pages(m, pages) : read_run(m, v, pages);
	return pages;
}

static void map_all(struct mapping *m)
{
	uint64_t aside = m->steps.aside + cr_vdso_span(m->image, m->p);
	const struct cr_pages *pages = first_of(m, CR_PAGES);
	const struct cr_guard *g = first_of(m, CR_GUARD);
	const struct cr_vma *v;

	cr_each (v, m->image, m->p, CR_VMA, CR_OF_PROCESS) {
		if (v->kind == CR_VDSO)
			continue;
		if (v->kind == CR_SYSV)
			cr_ipc_map(&m->steps, v, aside);
		else
			map_range(m, v);
		pages = fill(m, v, pages);
		for (; g && g->address < v->end; g = next_guard(m, g))
			cr_must(&m->steps, SYS_madvise, g->address, g->length,
				GUARD_INSTALL);
		finish_range(m, v);
	}
	watch_so_far(m);
}

/* prctl(2)'s struct: eleven addresses, then where auxv is, and the program. */
static void set_mm(struct mapping *m)
{
	struct {
		uint64_t addresses[11], auxv;
		uint32_t auxv_size, exe;
	} *map = cr_steps_data(&m->steps, sizeof(*map));
	const void *auxv = cr_next(m->image, m->p, CR_AUXV, CR_OF_PROCESS);
	size_t size = auxv ? cr_length(auxv) : 0;
	void *copy;

	copy = cr_steps_data(&m->steps, size);
	if (auxv)
		memcpy(copy, auxv, size);
	map->auxv = (uintptr_t)copy;
	map->auxv_size = (uint32_t)size;
	memcpy(map->addresses, m->p->mm, sizeof(map->addresses));
	map->exe = (uint32_t)(m->at->files + m->p->exe);
	cr_must(&m->steps, SYS_prctl, PR_SET_MM, SET_MM_MAP, (uintptr_t)map,
		sizeof(*map), 0);
}

void cr_mapping_change(const struct cr_image *image, const struct cr_places *at,
		       const struct cr_process *p, struct cr_word *word)
{
	struct mapping m = {
		.image = image, .p = p, .at = at, .way = word->way
	};

	begin(&m);
	cr_vdso_move(&m.steps, image, p, false);
	cr_steps_empty(&m.steps);
	map_all(&m);
	cr_vdso_move(&m.steps, image, p, true);
	set_mm(&m);
	cr_steps_run(&m.steps, at->control, word);
}
