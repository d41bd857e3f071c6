/* cr_copy.c - what the memory of a process holds, into an image
 *
 * Nothing of it is written twice, and what is all zeroes not at all.  Much memory is
 * copied by two processes, each of which takes the next block of pieces, whoever they
 * belong to, and has a file of its own to append them to.
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
#include "common/proc.h"
#include "common/report.h"
#include "cr_plan.h"
#include "cr_store.h"

enum {
	PAGE = 4096,
	TOGETHER_MIN = 1 << 24, /* what is less one does as fast */
	BLOCKS = 128,   /* so that both are done at about the same time, */
	BLOCK_MIN = 16, /* and what follows each other is together */
	ROOM = CR_PIECE_PAGES * PAGE,
};

/* What pagemap(5) says of a page: see the kernel's mm/pagemap.rst. */
#define EXCLUSIVE (1ULL << 56)
#define FILE_PAGE (1ULL << 61)
#define PRESENT   (1ULL << 63)

/* Between the two. */
struct shared {
	atomic_size_t next; /* block */
	atomic_flag failed; /* one of them has said why */
	bool done;          /* the second */
	struct cr_end end;  /* of its file */
};

struct copy {
	struct cr_image *image;
	size_t pieces, block;
	struct shared *shared;
	/* Where one of them is: of that plan, before which there are so many
	 * pieces. */
	const struct cr_plan *const *plan;
	size_t before;
	int mem, pagemap;
	bool gone;
	size_t store;
};

static bool is_zero(const char *page)
{
	const uint64_t *words = (const void *)page;

	for (size_t i = 0; i < PAGE / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

static bool is_first(const struct copy *c)
{
	return !atomic_flag_test_and_set(&c->shared->failed);
}

/* One line is enough. */
#define fail_once(c, ...) (is_first(c) ? fail(__VA_ARGS__) : -1)

/* Has another process some of it, too, since fork(2)?  A call that pins pages would
 * copy those first (since Linux 5.19), which is more than the container may have room
 * for. */
static bool is_shared(const struct copy *c, const struct cr_piece *piece,
		      uint64_t address, size_t size)
{
	uint64_t entries[CR_PIECE_PAGES];
	size_t count = size / PAGE;

	if ((*c->plan)->snapshot)
		return true;
	if (piece->lone)
		return false;
	if (pread(c->pagemap, entries, count * sizeof(*entries),
		  (off_t)(address / PAGE * sizeof(*entries))) !=
	    (ssize_t)(count * sizeof(*entries)))
		return true;
	for (size_t i = 0; i < count; i++)
		if ((entries[i] & (PRESENT | FILE_PAGE | EXCLUSIVE)) == PRESENT)
			return true;
	return false;
}

/* What may not be read by its owner may be by way of /proc.  All else is faster
 * without. */
static ssize_t read_theirs(const struct copy *c, bool shared, uint64_t address,
			   char *bytes, size_t size)
{
	struct iovec ours = { bytes, size };
	const uint64_t theirs[] = { address, size };
	ssize_t n = 0;

	if (!shared && !c->gone)
		n = syscall(SYS_process_vm_readv, (*c->plan)->pid, &ours, 1,
			    theirs, 1, 0);
	return n > 0 ? n : pread(c->mem, bytes, size, (off_t)address);
}

/* Behind the end of a file there is nothing, whatever the range says. */
static int read_some(const struct copy *c, const struct cr_piece *piece,
		     uint64_t address, char *bytes, size_t size)
{
	bool shared = is_shared(c, piece, address, size);

	for (size_t at = 0; at < size;) {
		ssize_t n = read_theirs(c, shared, address + at, bytes + at,
					size - at);

		n -= n > 0 ? n % PAGE : 0;
		if (n <= 0 && piece->kind == CR_PIECE_READ)
			return fail_once(
				c,
				"cannot read the memory of process %d at 0x%llx",
				(*c->plan)->inner,
				(unsigned long long)(address + at));
		if (n <= 0) {
			memset(bytes + at, 0, PAGE);
			n = PAGE;
		}
		at += (size_t)n;
	}
	return 0;
}

/* Leave out pages of nothing but zeroes, the first of which is the piece's page of that
 * number.  Returns what is left. */
static size_t squeeze(struct cr_piece *piece, size_t number, char *bytes,
		      size_t size)
{
	size_t left = 0;

	for (size_t at = 0; at < size; at += PAGE, number++) {
		if (is_zero(bytes + at))
			continue;
		piece->present |= 1ULL << number;
		if (left != at)
			memcpy(bytes + left, bytes + at, PAGE);
		left += PAGE;
	}
	return left;
}

/* What is to be written next, of one piece or of many: it ends where the kernel has
 * pages of the file in one, which is much faster. */
static char room[ROOM] __attribute__((aligned(PAGE)));
static size_t filled;

static uint64_t end_of_file(const struct copy *c)
{
	return c->image->ends[c->store].length + filled;
}

static int fail_write(const struct copy *c)
{
	if (c->image->stream)
		return fail_once(
			c,
			"cannot write the image to standard output (--stream)");
	return fail_once(c, "cannot write to '%s' (--dir)",
			 cr_store_names[c->store]);
}

static int flush(const struct copy *c)
{
	if (cr_write_pages(c->image, c->store, room, filled) < 0)
		return fail_write(c);
	filled = 0;
	return 0;
}

static int copy_piece(const struct copy *c, struct cr_piece *piece)
{
	if (!cr_piece_is_read(piece))
		return 0;
	piece->present = 0;
	piece->offset = end_of_file(c);
	piece->store = (uint16_t)c->store;
	for (uint64_t at = 0; at < piece->length;) {
		uint64_t rest = piece->length - at;
		size_t size = ROOM - end_of_file(c) % ROOM;

		size = rest < size ? rest : size;
		if (read_some(c, piece, piece->address + at, room + filled,
			      size) < 0)
			return -1;
		filled += squeeze(piece, at / PAGE, room + filled, size);
		if (end_of_file(c) % ROOM == 0 && flush(c) < 0)
			return -1;
		at += size;
	}
	return 0;
}

/* It has nothing then, and who has its pid is none of ours. */
static bool is_gone(const struct cr_plan *plan)
{
	return plan->early && proc_start_time(plan->pid) != plan->start;
}

static int open_of(const struct copy *c, const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (*c->plan)->pid, name);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (is_gone(*c->plan)) {
		fd_close(&fd);
		fd = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? fail_once(c, "cannot read the memory of process %d",
				  (*c->plan)->inner)
		      : fd;
}

static void close_memory(struct copy *c)
{
	fd_close(&c->mem);
	fd_close(&c->pagemap);
}

static int open_memory(struct copy *c)
{
	if (c->mem < 0) {
		c->mem = open_of(c, "mem");
		c->gone = is_gone(*c->plan);
	}
	if (c->mem >= 0 && c->pagemap < 0)
		c->pagemap = open_of(c, "pagemap");
	return c->pagemap < 0 ? -1 : 0;
}

/* They are asked for in their order. */
static struct cr_piece *find_piece(struct copy *c, size_t i)
{
	while (i - c->before >= (*c->plan)->count) {
		c->before += (*c->plan)->count;
		c->plan++;
		close_memory(c);
	}
	return open_memory(c) < 0 ? NULL : (*c->plan)->pieces + (i - c->before);
}

static int copy_block(struct copy *c, size_t first)
{
	c->gone = is_gone(*c->plan);
	for (size_t i = first; i < first + c->block && i < c->pieces; i++) {
		struct cr_piece *piece = find_piece(c, i);

		if (!piece || copy_piece(c, piece) < 0)
			return -1;
	}
	return 0;
}

static int work(const struct copy *all, size_t store)
{
	struct copy c = *all;
	int result = 0;
	size_t first;

	c.store = store;
	c.mem = c.pagemap = -1;
	while (result == 0 && (first = c.shared->next++ * c.block) < c.pieces)
		result = copy_block(&c, first);
	if (result == 0)
		result = flush(&c);
	/* The other one need not go on. */
	if (result < 0)
		c.shared->next = c.pieces;
	close_memory(&c);
	return result;
}

static void work_second(const struct copy *c)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	c->shared->done = work(c, 1) == 0;
	c->shared->end = c->image->ends[1];
	_exit(0);
}

/* Alone, if there may be no more processes. */
static int work_together(const struct copy *c)
{
	pid_t pid;
	int result;

	if (cr_store_create(c->image, 1) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		work_second(c);
	result = work(c, 0);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || result < 0)
		return result;
	if (!c->shared->done)
		return is_first(c)
			       ? failx("cannot copy memory: who was to do one half of it has died")
			       : -1;
	c->image->ends[1] = c->shared->end;
	return 0;
}

static int copy_pieces(struct copy *c, uint64_t bytes)
{
	int result;

	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->shared == MAP_FAILED)
		return fail("cannot get memory for an image");
	c->block = c->pieces / BLOCKS;
	if (c->block < BLOCK_MIN)
		c->block = BLOCK_MIN;
	result = !c->image->stream && bytes >= TOGETHER_MIN ? work_together(c)
							    : work(c, 0);
	munmap(c->shared, sizeof(*c->shared));
	return result;
}

int cr_copy(struct cr_image *image, const struct cr_plan *const *plans,
	    size_t count)
{
	struct copy c = { .image = image, .plan = plans };
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		c.pieces += plans[i]->count;
		bytes += plans[i]->bytes;
	}
	return copy_pieces(&c, bytes);
}
