/* persist_lazy.c - does to its memory what may be done, before all of it is there
 *
 * PROGRAM WHAT DIR has 256 MB, whose content follows from the number of a page.  Once
 * DIR/go is there, which is found right behind a restore, it works on the last part of
 * them, looks at all; and once more when DIR/all is there.  "late": that part was
 * there already, so try again.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pages.h"

enum {
	PAGES = 65536,
	TAIL = 4096, /* the last of them, which come last */
	SMALL = 64,
	TWICE = 2 * SMALL,
	THREADS = 8,
	DIED = 0x40000000, /* FUTEX_OWNER_DIED */
};

static char *tail, *low;

static bool is_there(const char *page)
{
	uint64_t word = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	must(pread(fd, &word, 8, (off_t)((uintptr_t)page / PAGE * 8)) == 8);
	close(fd);
	return word >> 63;
}

/* The head is numbered from 0, and so is the tail.  And some is below 256 MB, where a
 * process on its way back has a room of launch's between what it has; but not where the
 * heap is. */
static void make(void)
{
	const bool far = (uintptr_t)sbrk(0) >> 26 != 2;

	low = map(far ? (char *)0x8000000 : (char *)0x4000000, SMALL);
	fill(low, 0, SMALL, 0);
	map(base, PAGES);
	tail = base + (PAGES - TAIL) * PAGE;
	fill(base, 0, PAGES - TAIL, 0);
	fill(tail, 0, TAIL, 0);
}

static void await_all(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/all", dir);
	while (access(path, F_OK) != 0) {
		tick();
		nap();
	}
}

/* With little sleep, as who brings it all needs no more than a tenth of a second. */
static void await_restore(void)
{
	const struct timespec little = { 0, 1000000 };

	while (!tick())
		nanosleep(&little, NULL);
	if (is_there(tail + 32 * PAGE) || is_there(tail + (TAIL - 1) * PAGE))
		tell("late");
}

/* Now, and when nobody brings anything any more. */
static void look(void (*at_tail)(void))
{
	must(is_all(base, 0, PAGES - TAIL, 0));
	at_tail();
	must(is_all(low, 0, SMALL, 0));
	await_all();
	must(is_all(base, 0, PAGES - TAIL, 0));
	at_tail();
}

static void given_tail(void)
{
	must(is_all(tail, 0, 512, 1));
	must(is_zero(tail, 512, 1024));
	must(is_all(tail, 1024, 1040, 1));
	must(is_all(tail, 2048, 2050, 1));
	must(is_all(tail, 2050, 3000, 0));
	must(is_all(tail, 3001, 3100, 0));
	must(is_all(tail, 3110, TAIL, 0));
}

/* Given back; and the kernel reads and writes there, too. */
static void given(void)
{
	int ends[2];
	uint64_t words[512] = { word_of(3000, 2) };

	make();
	await_restore();
	must(mprotect(tail + 3200 * PAGE, 10 * PAGE, PROT_NONE) == 0);
	must(mprotect(tail + 3205 * PAGE, PAGE, PROT_READ) == 0);
	must(is_all(tail, 3205, 3206, 0));
	must(mprotect(tail + 3200 * PAGE, 10 * PAGE, PROT_READ) == 0);
	must(mlock(tail + 3300 * PAGE, 8 * PAGE) == 0);
	must(is_there(tail + 3307 * PAGE));
	must(madvise(tail, 1024 * PAGE, MADV_DONTNEED) == 0);
	must(madvise(tail + 1024 * PAGE, 1024 * PAGE, MADV_FREE) == 0);
	must(is_zero(tail, 0, 1024));
	fill(tail, 0, 512, 1);
	fill(tail, 1024, 1040, 1);
	fill(tail, 2048, 2050, 1);
	must(pipe(ends) == 0);
	must(write(ends[1], words, PAGE) == PAGE);
	must(read(ends[0], tail + 3000 * PAGE, PAGE) == PAGE);
	must(write(ends[1], tail + 3105 * PAGE, PAGE) == PAGE);
	must(read(ends[0], words, PAGE) == PAGE);
	must(words[0] == word_of(3105, 0) && words[511] == words[0]);
	words[0] = word_of(3000, 2);
	must(memcmp(tail + 3000 * PAGE, words, 8) == 0);
	look(given_tail);
}

static void moved_tail(void)
{
	/* Grown where it was, and elsewhere. */
	must(is_zero(base + PAGES * PAGE, 0, 512));
	must(is_all(other, 0, 512, 0) && is_zero(other, 512, 1024));
	/* Moved, and something else came to where it was. */
	must(is_all(other + 1024 * PAGE, 1024, 1536, 0));
	must(is_all(tail - 1024 * PAGE, 2048, 2560, 0));
	must(is_zero(tail, 2048, 2560));
	must(is_all(tail, 512, 1024, 0) && is_all(tail, 1536, 2048, 0));
	/* Only its pages have moved. */
	must(is_zero(tail, 3000, 3010));
	must(is_all(other + (8192 - 3000) * PAGE, 3000, 3010, 0));
	must(is_all(tail, 3010, TAIL, 0));
}

static char *move(char *from, size_t pages, size_t as, int flags, char *to)
{
	char *at = mremap(from, pages * PAGE, as * PAGE, MREMAP_MAYMOVE | flags,
			  to);

	must(at != MAP_FAILED);
	return at;
}

static void moved(void)
{
	make();
	await_restore();
	must(mremap(base, PAGES * PAGE, (PAGES + 512) * PAGE, 0) == base);
	move(tail, 512, 1024, MREMAP_FIXED, other);
	map(tail, 512);
	move(tail + 1024 * PAGE, 512, 512, MREMAP_FIXED, other + 2048 * PAGE);
	move(tail + 2048 * PAGE, 512, 512, MREMAP_FIXED, tail + 1024 * PAGE);
	map(tail + 2048 * PAGE, 512);
	move(tail + 3000 * PAGE, 10, 10, MREMAP_FIXED | MREMAP_DONTUNMAP,
	     other + 8192 * PAGE);
	look(moved_tail);
}

static char *top;

static void unmapped_tail(void)
{
	must(is_zero(tail, 100, 300));
	must(is_all(tail, 0, 100, 0) && is_all(tail, 300, 1000, 0));
	must(is_all(tail, 1000, 1100, 1));
	must(is_all(tail, 1100, 2000, 0));
	must(is_zero(tail, 2000, 2005));
	must(is_all(tail, 2010, TAIL, 0));
	must(is_all(top, 0, SMALL, 0) && is_zero(top, SMALL, TWICE));
}

/* As the kernel has it: libcs' may refuse. */
static bool set_break(const char *at)
{
	return syscall(SYS_brk, at) == (long)(uintptr_t)at;
}

static void unmapped(void)
{
	make();
	top = sbrk(0);
	top += -(uintptr_t)top & (PAGE - 1);
	must(set_break(top + TWICE * PAGE));
	fill(top, 0, TWICE, 0);
	await_restore();
	must(munmap(tail + 100 * PAGE, 100 * PAGE) == 0);
	map(tail + 100 * PAGE, 200);
	map(tail + 1000 * PAGE, 100);
	fill(tail, 1000, 1100, 1);
	/* What grows into it where it is has nothing of it. */
	must(munmap(tail + 2000 * PAGE, 10 * PAGE) == 0);
	must(mremap(tail + 1990 * PAGE, 10 * PAGE, 15 * PAGE, 0) ==
	     tail + 1990 * PAGE);
	must(set_break(top + SMALL * PAGE));
	must(set_break(top + TWICE * PAGE));
	look(unmapped_tail);
}

static void ended_well(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid && status == 0);
}

static void say(int fd)
{
	must(write(fd, "", 1) == 1);
}

static void hear(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 1);
}

/* All that there was when it was born, whatever its parent does; and a child of its
 * own. */
static void child(int go)
{
	pid_t pid;

	fill(tail, 100, 200, 2);
	pid = fork();
	if (pid == 0) {
		hear(go);
		must(is_all(tail, 0, 100, 0) && is_all(tail, 100, 200, 2));
		must(is_all(tail, 200, TAIL, 0) && is_all(base, 0, 8192, 0));
		_exit(0);
	}
	hear(go);
	must(madvise(tail + 3000 * PAGE, 100 * PAGE, MADV_DONTNEED) == 0);
	must(is_all(tail, 0, 100, 0) && is_all(tail, 100, 200, 2));
	must(is_all(tail, 200, 3000, 0) && is_zero(tail, 3000, 3100));
	must(is_all(tail, 3100, TAIL, 0) && is_all(base, 0, PAGES - TAIL, 0));
	ended_well(pid);
	_exit(0);
}

static void born_tail(void)
{
	must(is_all(tail, 0, 512, 1) && is_zero(tail, 512, 1024));
	must(is_all(tail, 1024, TAIL, 0));
}

static void born(void)
{
	int ends[2];
	pid_t pids[2];

	make();
	await_restore();
	must(pipe(ends) == 0);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			child(ends[0]);
	}
	fill(tail, 0, 512, 1);
	must(madvise(tail + 512 * PAGE, 512 * PAGE, MADV_DONTNEED) == 0);
	for (int i = 0; i < 4; i++)
		say(ends[1]);
	for (int i = 0; i < 2; i++)
		ended_well(pids[i]);
	look(born_tail);
}

static atomic_int at_work, wrong;

static void *reader(void *arg)
{
	(void)arg;
	at_work++;
	while (at_work < THREADS)
		;
	wrong |= !is_all(tail, 0, 2048, 0);
	return NULL;
}

/* What others do not look at. */
static void *nuisance(void *arg)
{
	(void)arg;
	for (size_t i = 2048; i < TAIL; i += 8) {
		char *page = tail + i * PAGE;

		wrong |= i % 16 && !is_all(tail, i, i + 8, 0);
		must(madvise(page, 4 * PAGE, MADV_DONTNEED) == 0);
		must(munmap(page + 4 * PAGE, 2 * PAGE) == 0);
		map(page + 4 * PAGE, 2);
		wrong |= !is_zero(tail, i, i + 6);
	}
	return NULL;
}

static void threads_tail(void)
{
	must(!wrong && is_all(tail, 0, 2048, 0));
	for (size_t i = 2048; i < TAIL; i += 8)
		must(is_zero(tail, i, i + 6) && is_all(tail, i + 6, i + 8, 0));
}

static void threads(void)
{
	pthread_t all[THREADS + 1];

	make();
	await_restore();
	pthread_create(all, NULL, nuisance, NULL);
	for (int i = 1; i <= THREADS; i++)
		pthread_create(all + i, NULL, reader, NULL);
	for (int i = 0; i <= THREADS; i++)
		pthread_join(all[i], NULL);
	look(threads_tail);
}

/* As the kernel has it: what is locked in front, and its word at an offset. */
struct robust {
	struct robust *next;
	long offset;
	struct robust *pending;
};

static atomic_int alone, leave;
static int tid;

/* What the kernel writes to at its end is where nobody else looks. */
static void *leaver(void *arg)
{
	struct robust *head = (void *)tail;
	struct robust *entry = (void *)(tail + 100 * PAGE);
	uint32_t *words = (void *)(tail + 101 * PAGE);

	(void)arg;
	tid = (int)syscall(SYS_gettid);
	*head = (struct robust){ entry, PAGE, NULL };
	entry->next = head;
	words[0] = (uint32_t)tid;
	words[1] = 1;
	must(syscall(SYS_set_robust_list, head, sizeof(*head)) == 0);
	syscall(SYS_set_tid_address, words + 1);
	alone = 1;
	while (!leave)
		syscall(SYS_futex, &leave, 0, 0, NULL, NULL, 0);
	syscall(SYS_exit, 0);
	return NULL;
}

static bool is_alive(int thread)
{
	return syscall(SYS_tgkill, getpid(), thread, 0) == 0;
}

static void ends(void)
{
	const uint32_t *words;
	pthread_t thread;

	make();
	words = (void *)(tail + 101 * PAGE);
	must(pthread_create(&thread, NULL, leaver, NULL) == 0);
	while (!alone)
		nap();
	await_restore();
	leave = 1;
	syscall(SYS_futex, &leave, 1, INT_MAX, NULL, NULL, 0);
	while (is_alive(tid))
		nap();
	must(words[0] & DIED);
	must(words[1] == 0);
	await_all();
	must(words[0] & DIED && words[1] == 0);
}

static void whole_tail(void)
{
	must(is_all(tail, 0, TAIL, 0));
}

static void whole(void)
{
	make();
	await_restore();
	look(whole_tail);
}

/* Nobody touches anything. */
static void idle(void)
{
	make();
	while (!tick())
		nap();
	await_all();
	look(whole_tail);
}

/* Nor may anybody write to the last part. */
static void shut(void)
{
	make();
	must(mprotect(tail, TAIL * PAGE, PROT_READ) == 0);
	while (!tick())
		nap();
	await_all();
	look(whole_tail);
}

const struct mode modes[] = {
	{ "given", given },       { "moved", moved },
	{ "unmapped", unmapped }, { "born", born },
	{ "threads", threads },   { "ends", ends },
	{ "whole", whole },       { "idle", idle },
	{ "shut", shut },         { 0 },
};
