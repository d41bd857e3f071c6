/* persist_memory.c - has memory that changes from one checkpoint to the next
 *
 * PROGRAM WHAT DIR makes its memory; for each DIR/stepN it changes some of it, and
 * makes DIR/doneN.  All content follows from the number of the page and of the step
 * that has written it, so that nothing need be remembered.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pages.h"

enum { PAGES = 2048, MANY = 8192, HUGE = 1 << 21, STEPS = 2 };

static void path_of(char path[256], const char *name, int step)
{
	snprintf(path, 256, "%s/%s%d", dir, name, step);
}

/* Until it is to change once more: false; true: it is time to look. */
static bool await(int step)
{
	char path[256];

	path_of(path, "step", step);
	for (;; nap()) {
		if (tick())
			return true;
		if (access(path, F_OK) == 0)
			return false;
	}
}

/* Once: who comes back with an older stack would make it all good again. */
static void done(int step)
{
	char path[256];
	int fd;

	path_of(path, "done", step);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	must(fd >= 0 && close(fd) == 0);
}

/* All steps, each told when it is done; then it is time to look. */
static void change(void (*step)(int number))
{
	int number = 1;

	while (!await(number)) {
		must(number <= STEPS);
		step(number);
		done(number++);
	}
	must(number == STEPS + 1);
}

/* Which step has written page i last, when each writes to every 64th behind its
 * number. */
static int last_of(size_t i)
{
	return i % 64 == 1 ? 1 : i % 64 == 2 ? 2 : 0;
}

static char *top; /* of the heap */

/* So many pages of the stack. */
static void go_deep(size_t pages)
{
	volatile char room[512 * PAGE];

	for (size_t i = 1; i <= pages; i++)
		room[sizeof(room) - i * PAGE] = (char)i;
}

/* As the kernel has it: libcs' may refuse. */
static bool set_break(const char *at)
{
	return syscall(SYS_brk, at) == (long)(uintptr_t)at;
}

static void write_some(int step)
{
	for (size_t i = (size_t)step; i < MANY; i += 64)
		put(base, i, step);
	must(set_break(top + step * 64L * PAGE));
	fill(top, (size_t)(step - 1) * 64, (size_t)step * 64, step);
	go_deep(256UL * (size_t)step);
}

static void some(void)
{
	map(base, MANY);
	fill(base, 0, MANY, 0);
	top = sbrk(0);
	top += -(uintptr_t)top & (PAGE - 1);
	must(set_break(top));
	change(write_some);
	for (size_t i = 0; i < MANY; i++)
		must(is(base, i, last_of(i)));
	must(is_all(top, 0, 64, 1) && is_all(top, 64, 128, 2));
	go_deep(512);
}

/* Of what each step empties it writes to a part. */
enum { EMPTIED = 500 };

static size_t emptied_by(int step)
{
	return step == 1 ? 100 : 1000;
}

static void write_each(int step, size_t nth)
{
	size_t from = emptied_by(step);

	for (size_t i = from; i < from + EMPTIED; i += nth)
		put(base, i, step);
}

/* Nothing is left of what was there, also where nobody has written since. */
static void empty_with(void (*step)(int number), size_t nth)
{
	map(base, PAGES);
	fill(base, 0, PAGES, 0);
	change(step);
	for (size_t i = 0; i < PAGES; i++) {
		int by = i >= 1000 && i < 1500 ? 2 : i >= 100 && i < 600;

		must(by && i % nth ? is_zero(base, i, i + 1) : is(base, i, by));
	}
}

static void map_anew(int step)
{
	char *at = base + emptied_by(step) * PAGE;

	must(munmap(at, (size_t)EMPTIED * PAGE) == 0);
	map(at, EMPTIED);
	write_each(step, 2);
}

static void mappings(void)
{
	empty_with(map_anew, 2);
}

static void give_back(int step)
{
	must(madvise(base + emptied_by(step) * PAGE, (size_t)EMPTIED * PAGE,
		     MADV_DONTNEED) == 0);
	write_each(step, 5);
	/* All that a table of pages is for, and so that table. */
	must(madvise(other + step * (size_t)HUGE, HUGE, MADV_DONTNEED) == 0);
}

static void given(void)
{
	map(other, PAGES);
	fill(other, 0, PAGES, 7);
	empty_with(give_back, 5);
	must(is_all(other, 0, 512, 7) && is_zero(other, 512, 1536) &&
	     is_all(other, 1536, PAGES, 7));
}

/* To where something else has been, and to one side; then it grows where it is. */
static void move(int step)
{
	if (step == 1) {
		must(mremap(base + 512UL * PAGE, 512UL * PAGE, 512UL * PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED,
			    other + 256UL * PAGE) == other + 256UL * PAGE);
		return;
	}
	must(mremap(base, 512UL * PAGE, 1024UL * PAGE, 0) == base);
	fill(base, 512, 600, 2);
	must(mremap(other + 768UL * PAGE, 1280UL * PAGE, 640UL * PAGE, 0) ==
	     other + 768UL * PAGE);
}

static void moved(void)
{
	map(base, PAGES);
	map(other, PAGES);
	fill(base, 0, PAGES, 0);
	fill(other, 0, PAGES, 7);
	change(move);
	must(is_all(base, 0, 512, 0) && is_all(base, 512, 600, 2) &&
	     is_zero(base, 600, 1024) && is_all(base, 1024, PAGES, 0));
	must(is_all(other, 0, 256, 7));
	for (size_t i = 0; i < 512; i++)
		must(has(other, 256 + i, word_of(512 + i, 0)));
	must(is_all(other, 768, 1408, 7));
}

/* With nothing behind it, with a file of no name, and with one of which some is our
 * own. */
static char *const nameless = (char *)0x300000000000;

static void write_shared(int step)
{
	for (size_t i = (size_t)step; i < 256; i += 64) {
		put(base, i, step);
		put(nameless, i, step);
		put(other, i, step);
	}
	if (step == 2) /* what is in the file is there again */
		must(madvise(other, 64UL * PAGE, MADV_DONTNEED) == 0);
}

static void shared(void)
{
	char path[256];
	int fd, memory = memfd_create("persist", 0);

	path_of(path, "file", 0);
	fd = open(path, O_RDWR | O_CREAT, 0666);
	must(ftruncate(fd, 256L * PAGE) == 0);
	must(ftruncate(memory, 256L * PAGE) == 0);
	map_at(base, 256, MAP_SHARED | MAP_ANONYMOUS, -1);
	map_at(nameless, 256, MAP_SHARED, memory);
	map_at(other, 256, MAP_SHARED, fd);
	fill(base, 0, 256, 0);
	fill(nameless, 0, 256, 0);
	fill(other, 0, 256, 5);
	map_at(other, 256, MAP_PRIVATE, fd);
	for (size_t i = 0; i < 256; i += 4)
		put(other, i, 0);
	change(write_shared);
	for (size_t i = 0; i < 256; i++) {
		int step = last_of(i);

		must(is(base, i, step) && is(nameless, i, step));
		if (i < 64 || (!step && i % 4))
			step = 5;
		must(is(other, i, step));
	}
}

static void write_huge(int step)
{
	for (size_t i = (size_t)step; i < 4UL * HUGE / PAGE; i += 256)
		put(base, i, step);
	if (step == 2) /* a whole one, and a part of one */
		must(madvise(base + HUGE, HUGE + HUGE / 2, MADV_DONTNEED) == 0);
}

static void huge(void)
{
	size_t pages = 4UL * HUGE / PAGE;

	map(base, pages);
	must(madvise(base, 4UL * HUGE, MADV_HUGEPAGE) == 0);
	fill(base, 0, pages, 0);
	change(write_huge);
	for (size_t i = 0; i < pages; i++)
		must(i >= HUGE / PAGE && i < HUGE / PAGE * 5 / 2
			     ? is_zero(base, i, i + 1)
			     : is(base, i,
				  i % 256 == 1   ? 1
				  : i % 256 == 2 ? 2
						 : 0));
}

/* Each has its own from then on. */
static pid_t children[STEPS + 1];

__attribute__((noreturn)) static void be_child(int born)
{
	fill(base, (size_t)born * 100, (size_t)born * 100 + 50, 10 + born);
	while (!tick())
		nap();
	for (size_t i = 0; i < 512; i++) {
		size_t number = i / 100;
		int step = number == (size_t)born && i % 100 < 50 ? 10 + born
			   : number > 0 && number < (size_t)born  ? (int)number
								  : 0;

		if (!is(base, i, step))
			_exit(1);
	}
	_exit(0);
}

static void bear(int step)
{
	children[step] = fork();
	must(children[step] >= 0);
	if (children[step] == 0)
		be_child(step);
	fill(base, (size_t)step * 100, (size_t)step * 100 + 100, step);
}

static void births(void)
{
	int status;

	map(base, 512);
	fill(base, 0, 512, 0);
	change(bear);
	for (int i = 1; i <= STEPS; i++)
		must(waitpid(children[i], &status, 0) == children[i] &&
		     status == 0);
	must(is_all(base, 0, 100, 0) && is_all(base, 100, 200, 1) &&
	     is_all(base, 200, 300, 2) && is_all(base, 300, 512, 0));
}

/* A process that has the same memory, and not only the same content. */
static int share(void *born)
{
	for (int wait = 0; !tick() && wait < 100000; wait++)
		nap();
	(void)born;
	_exit(!is_all(base, 0, 100, 1) || !is_all(base, 100, 512, 2));
}

static void get_sharer(int step)
{
	char *stack = map(other + (size_t)step * HUGE, 64);

	fill(base, step == 1 ? 0 : 100, 512, step);
	children[step] =
		clone(share, stack + 64UL * PAGE, CLONE_VM | SIGCHLD, NULL);
	must(children[step] > 0);
}

static void sharers(void)
{
	int status;

	map(base, 512);
	fill(base, 0, 512, 0);
	get_sharer(0); /* one that is known to each image */
	change(get_sharer);
	for (int i = 0; i <= STEPS; i++)
		must(waitpid(children[i], &status, 0) == children[i] &&
		     status == 0);
	must(is_all(base, 0, 100, 1) && is_all(base, 100, 512, 2));
}

/* Another program, at the same place, with other content. */
static void execute(int step)
{
	if (step == 1) {
		done(1);
		execl("/proc/self/exe", program_invocation_name, "executed",
		      dir, NULL);
		must(false);
	}
	put(base, 3, 2);
}

static void execs(void)
{
	map(base, PAGES);
	fill(base, 0, PAGES, 0);
	change(execute);
	must(false);
}

static void executed(void)
{
	map(base, PAGES);
	for (size_t i = 0; i < PAGES; i += 3)
		put(base, i, 1);
	must(!await(2));
	execute(2);
	done(2);
	must(await(3));
	for (size_t i = 0; i < PAGES; i++)
		must(i == 3       ? is(base, i, 2)
		     : i % 3 == 0 ? is(base, i, 1)
				  : is_zero(base, i, i + 1));
}

/* Nobody may look at it, and it is not lost. */
static void protect(int step)
{
	char *at = base + (step == 1 ? 100UL : 1000UL) * PAGE;

	fill(base, step == 1 ? 100 : 1000, step == 1 ? 300 : 1200, step);
	must(mprotect(at, 100UL * PAGE, PROT_NONE) == 0);
	must(mprotect(at + 100UL * PAGE, 100UL * PAGE, PROT_READ) == 0);
	if (step == 2) {
		must(mprotect(base + 100UL * PAGE, 200UL * PAGE,
			      PROT_READ | PROT_WRITE) == 0);
		fill(base, 150, 160, 2);
	}
}

static void protection(void)
{
	map(base, PAGES);
	fill(base, 0, PAGES, 0);
	change(protect);
	must(mprotect(base + 1000UL * PAGE, 200UL * PAGE, PROT_READ) == 0);
	must(is_all(base, 100, 150, 1) && is_all(base, 150, 160, 2) &&
	     is_all(base, 160, 300, 1) && is_all(base, 1000, 1200, 2) &&
	     is_all(base, 0, 100, 0) && is_all(base, 300, 1000, 0));
}

/* MADV_GUARD_INSTALL, MADV_GUARD_REMOVE: since Linux 6.13. */
enum { GUARD = 102, UNGUARD };

static void guard(int step)
{
	if (step == 1) {
		must(madvise(base + 100UL * PAGE, 20UL * PAGE, GUARD) == 0);
		must(madvise(other, 1UL * PAGE, GUARD) == 0);
		return;
	}
	must(madvise(base + 105UL * PAGE, 10UL * PAGE, UNGUARD) == 0);
	fill(base, 106, 108, 2);
	must(madvise(base + 1023UL * PAGE, 2UL * PAGE, GUARD) == 0);
	fill(other, 1, 2, 2);
}

static bool is_guarded(const char *where, size_t page)
{
	static int ends[2];

	if (!ends[1])
		must(pipe(ends) == 0);
	return write(ends[1], where + page * PAGE, 1) < 0 && errno == EFAULT;
}

static void guards(void)
{
	map(base, PAGES);
	map(other, 16);
	fill(base, 0, PAGES, 0);
	must(mprotect(other, 1UL * PAGE, PROT_READ) == 0);
	change(guard);
	for (size_t i = 0; i < PAGES; i++)
		must(is_guarded(base, i) ==
		     ((i >= 100 && i < 105) || (i >= 115 && i < 120) ||
		      i == 1023 || i == 1024));
	must(is_guarded(other, 0) && is(other, 1, 2) && is_zero(other, 2, 16));
	must(is_all(base, 0, 100, 0) && is_zero(base, 105, 106) &&
	     is_all(base, 106, 108, 2) && is_zero(base, 108, 115) &&
	     is_all(base, 120, 1023, 0) && is_all(base, 1025, PAGES, 0));
	must(madvise(base + 100UL * PAGE, 5UL * PAGE, UNGUARD) == 0);
	must(is_zero(base, 100, 105));
}

/* All have it, and it is there once. */
static void forked(void)
{
	map(base, MANY);
	fill(base, 0, MANY, 0);
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			while (pause() < 0)
				;
	must(await(1));
	must(is_all(base, 0, MANY, 0));
}

const struct mode modes[] = {
	{ "forked", forked },     { "some", some },
	{ "mappings", mappings }, { "given", given },
	{ "moved", moved },       { "shared", shared },
	{ "huge", huge },         { "births", births },
	{ "sharers", sharers },   { "execs", execs },
	{ "executed", executed }, { "protection", protection },
	{ "guards", guards },     { 0 },
};
