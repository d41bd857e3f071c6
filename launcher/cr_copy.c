/* cr_copy.c - what the memory of a process holds, into an image
 *
 * Nothing of it is written twice, and what is all zeroes not at all.  Large memory is
 * copied by two processes, each of which takes the next piece: while one of them
 * writes, as only one can at a time, the other one reads.  For that each piece has its
 * place in the file before it is known how much of it is zeroes: those are holes.
 */
#include "cr_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "cr_chain.h"
#include "cr_find.h"
#include "cr_plan.h"

enum {
	PAGE = 4096,
	RANGE_MAX = 1 << 29,
	TOGETHER_MIN = 1 << 24, /* what is less one does as fast */
};

/* Between the two. */
struct shared {
	atomic_size_t next;
	atomic_int wrong; /* errno */
	atomic_ullong at; /* that could not be read; 0: written */
	uint64_t sums[2][2];
};

struct copy {
	struct cr_image *image;
	const struct cr_plan *plan;
	const struct cr_held *p;
	int mem;
	bool snapshot, together;
	struct shared *shared;
};

static bool is_zero(const char *page)
{
	const uint64_t *words = (const void *)page;

	for (size_t i = 0; i < PAGE / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

/* What may not be read by its owner may be by way of /proc; and what two have in common
 * is not copied there first, as it is for a call that pins pages (since Linux 5.19).
 * All else is faster without. */
static ssize_t read_theirs(const struct copy *c, uint64_t address, char *bytes,
			   size_t size)
{
	struct iovec ours = { bytes, size };
	const uint64_t theirs[] = { address, size };
	ssize_t n = 0;

	if (!c->snapshot)
		n = syscall(SYS_process_vm_readv, c->p->pid, &ours, 1, theirs,
			    1, 0);
	return n > 0 ? n : pread(c->mem, bytes, size, (off_t)address);
}

/* Behind the end of a file there is nothing, whatever the range says. */
static int read_piece(const struct copy *c, const struct cr_piece *piece,
		      char *bytes)
{
	for (size_t at = 0; at < piece->length;) {
		ssize_t n = read_theirs(c, piece->address + at, bytes + at,
					piece->length - at);

		n -= n > 0 ? n % PAGE : 0;
		if (n <= 0 && piece->kind == CR_PIECE_READ) {
			c->shared->at = piece->address + at;
			return -1;
		}
		if (n <= 0) {
			memset(bytes + at, 0, PAGE);
			n = PAGE;
		}
		at += (size_t)n;
	}
	return 0;
}

/* Leave out pages of nothing but zeroes.  Returns what is left. */
static size_t squeeze(struct cr_piece *piece, char *bytes)
{
	size_t left = 0;

	piece->present = 0;
	for (size_t at = 0; at < piece->length; at += PAGE) {
		if (is_zero(bytes + at))
			continue;
		piece->present |= 1ULL << (at / PAGE);
		if (left != at)
			memcpy(bytes + left, bytes + at, PAGE);
		left += PAGE;
	}
	return left;
}

static int copy_piece(const struct copy *c, struct cr_piece *piece,
		      uint64_t sum[2])
{
	static char bytes[CR_PIECE_PAGES * PAGE] __attribute__((aligned(PAGE)));
	size_t size;

	if (read_piece(c, piece, bytes) < 0)
		return -1;
	size = squeeze(piece, bytes);
	if (!c->together)
		piece->offset = cr_reserve_pages(c->image, size);
	return cr_write_at(c->image, bytes, size, piece->offset, sum);
}

static void work(const struct copy *c, uint64_t sum[2])
{
	size_t i;

	while ((i = c->shared->next++) < c->plan->count) {
		struct cr_piece *piece = c->plan->pieces + i;

		if (!cr_piece_is_read(piece) || copy_piece(c, piece, sum) == 0)
			continue;
		c->shared->wrong = errno;
		c->shared->next = c->plan->count;
	}
}

static void place_pieces(const struct copy *c)
{
	for (size_t i = 0; i < c->plan->count; i++) {
		struct cr_piece *piece = c->plan->pieces + i;

		if (cr_piece_is_read(piece))
			piece->offset =
				cr_reserve_pages(c->image, piece->length);
	}
}

/* Alone, if there may be no more processes. */
static void work_together(const struct copy *c)
{
	pid_t pid;

	place_pieces(c);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(c, c->shared->sums[1]);
		_exit(0);
	}
	work(c, c->shared->sums[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int fail_copy(const struct copy *c)
{
	errno = c->shared->wrong;
	if (c->shared->at)
		return fail("cannot read the memory of process %d at 0x%llx",
			    c->p->inner, (unsigned long long)c->shared->at);
	return fail("cannot write to 'pages.img'");
}

static int copy_pieces(struct copy *c)
{
	struct shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result = 0;

	if (shared == MAP_FAILED)
		return fail("cannot get memory for an image");
	c->shared = shared;
	c->together = !c->image->stream && c->plan->bytes >= TOGETHER_MIN;
	if (c->together)
		work_together(c);
	else
		work(c, shared->sums[0]);
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++)
			c->image->pages_sum[k] += shared->sums[i][k];
	if (shared->wrong)
		result = fail_copy(c);
	munmap(shared, sizeof(*shared));
	return result;
}

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
	struct cr_pages page = { .length = PAGE, .offset = piece->offset };

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

int cr_copy(struct cr_image *image, const struct cr_plan *plan,
	    const struct cr_held *p, bool snapshot)
{
	struct copy c = {
		.image = image, .plan = plan, .p = p, .snapshot = snapshot
	};
	struct cr_pages *last = NULL;
	struct cr_memory *memory;
	autofd int mem = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", p->pid);
	c.mem = mem = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return fail("cannot read the memory of process %d", p->inner);
	if (copy_pieces(&c) < 0)
		return -1;
	memory = cr_add(image, CR_MEMORY, sizeof(*memory));
	memory->pid = p->inner;
	for (size_t i = 0; i < plan->count; i++) {
		const struct cr_piece *piece = plan->pieces + i;

		if (piece->first)
			last = NULL;
		if (piece->kind == CR_PIECE_KEPT)
			tell_kept(image, piece, p->inner, &last);
		else if (piece->kind == CR_PIECE_GUARD)
			tell_guard(image, piece);
		else
			tell_piece(image, piece, &last);
	}
	return 0;
}
