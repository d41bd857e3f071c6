/* cr_filler.c - the process that brings memory out of an image
 *
 * Whatever a process does with its memory that concerns us the kernel tells before it
 * goes on, and as long as that has not been read nothing can be brought: EAGAIN.  So
 * what is read together is looked at in the order of what has happened, and only then
 * who waits is served.
 */
#include "cr_filler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "cr_lazy.h"
#include "cr_spans.h"

enum {
	PAGE = 4096,
	PIECE = 1 << 18,
	AT_ONCE = 1 << 16, /* for who waits */
	MEMORIES_MAX = 4096,
	MESSAGES = 64,
	PATIENCE_MS = 2000, /* for the end of the container */
	NAP_US = 10000,
	/* Of polls. */
	INIT = 0,
	GUARD,
	CHECKED,
	GO,
	FIRST,
};

/* Of the processes of the image, in the launcher: fds and 1. */
static int adopted[CR_PROCESSES_MAX];

/* In the launcher: what is written to when the container goes on. */
static int go = -1;

/* Of all there are, also born since; polls has their fds. */
static struct memory {
	struct cr_spans missing;
	uint64_t moved, moved_end; /* see unmapped() */
	bool gone;
} memories[MEMORIES_MAX];
static struct pollfd polls[FIRST + MEMORIES_MAX];
static size_t count;

static char piece[PIECE] __attribute__((aligned(PAGE)));

int cr_filler_adopt(size_t process, pid_t pid, int fd)
{
	autofd int pidfd = sys_pidfd_open(pid);
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (copy < 0 && errno == EBADF && pidfd >= 0)
		return 0;
	if (copy < 0)
		return fail("cannot bring the memory of process %d", pid);
	adopted[process] = copy + 1;
	return 0;
}

/* Of who is about to see zeroes nobody may be left. */
static noreturn void give_up(int status)
{
	sys_pidfd_send_signal(polls[INIT].fd, SIGKILL);
	poll(polls, 1, PATIENCE_MS);
	_exit(status);
}

/* How much of it is dealt with: 0: not now; -1: there is no such memory any more. */
static int64_t put(int fd, uint64_t address, const char *bytes, uint64_t size)
{
	bool sure = false;

	for (;;) {
		struct uffdio_copy c = { .dst = address,
					 .src = (uintptr_t)bytes,
					 .len = size };

		if (ioctl(fd, UFFDIO_COPY, &c) == 0)
			return (int64_t)size;
		if (c.copy > 0)
			return c.copy;
		switch (errno) {
		case EAGAIN:
			return 0;
		case ESRCH:
			return -1;
		case EEXIST:
			return PAGE;
		case ENOENT:
			/* It is not one range of memory, or none.  Or it is
			 * somewhere else since a moment ago: until we have heard
			 * of that the kernel says EAGAIN when asked once more. */
			if (sure)
				return PAGE;
			sure = size == PAGE;
			if (!sure)
				size = size / 2 & ~(uint64_t)(PAGE - 1);
			continue;
		default:
			give_up(errno);
		}
	}
}

static void read_piece(const struct cr_filler *f, const struct cr_span *span,
		       uint64_t skipped, uint64_t size)
{
	ssize_t n = pread(f->pages[span->source], piece, size,
			  (off_t)(span->offset + skipped));

	if (n != (ssize_t)size)
		give_up(n < 0 ? errno : EIO);
}

/* Some of the rest. */
static void bring(const struct cr_filler *f, size_t i)
{
	struct memory *m = memories + i;
	const struct cr_span *span = cr_spans_last(&m->missing);
	uint64_t size = span->length < PIECE ? span->length : PIECE, done = 0;
	int64_t n = 1;

	read_piece(f, span, 0, size);
	for (; done < size && n > 0; done += n > 0 ? (uint64_t)n : 0)
		n = put(polls[FIRST + i].fd, span->address + done, piece + done,
			size - done);
	m->gone = n < 0;
	if (n != 0)
		m->moved_end = 0;
	cr_spans_shorten(&m->missing, done);
}

/* Somebody waits for it.  What is in no image is zeroes. */
static void serve(const struct cr_filler *f, size_t i, uint64_t address)
{
	const uint64_t page = address & ~(uint64_t)(PAGE - 1);
	const struct cr_span *span = cr_spans_find(&memories[i].missing, page);
	const int fd = polls[FIRST + i].fd;
	struct uffdio_range range = { page, PAGE };
	struct uffdio_zeropage zeroes = { .range = range };
	uint64_t skipped, size;

	if (span) {
		skipped = page - span->address;
		size = span->length - skipped;
		size = size < AT_ONCE ? size : AT_ONCE;
		read_piece(f, span, skipped, size);
		put(fd, page, piece, size);
	} else {
		ioctl(fd, UFFDIO_ZEROPAGE, &zeroes);
	}
	/* If that was not it, it asks again. */
	ioctl(fd, UFFDIO_WAKE, &range);
}

/* For a child the same is missing as for its parent. */
static int born(const struct memory *parent, int fd)
{
	memories[count] = (struct memory){ .missing = CR_SPANS_INIT };
	polls[FIRST + count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return cr_spans_copy(&memories[count++].missing, &parent->missing);
}

/* Two threads may be told of in another order than the kernel has served them: one
 * that has unmapped a range behind another that moved something there just then.
 * Until we could bring something again nobody has come back from that move. */
static int unmapped(struct memory *m, uint64_t from, uint64_t to)
{
	return from < m->moved_end && m->moved < to
		       ? 0
		       : cr_spans_cut(&m->missing, from, to);
}

static int happened(struct memory *m, const struct uffd_msg *msg)
{
	switch (msg->event) {
	case UFFD_EVENT_FORK:
		return born(m, (int)msg->arg.fork.ufd);
	case UFFD_EVENT_REMAP:
		m->moved = msg->arg.remap.to;
		m->moved_end = m->moved + msg->arg.remap.len;
		return cr_spans_move(&m->missing, msg->arg.remap.from, m->moved,
				     msg->arg.remap.len);
	case UFFD_EVENT_REMOVE:
		return cr_spans_cut(&m->missing, msg->arg.remove.start,
				    msg->arg.remove.end);
	case UFFD_EVENT_UNMAP:
		return unmapped(m, msg->arg.remove.start, msg->arg.remove.end);
	}
	return 0;
}

/* When there are too many of them, those that want to be born wait. */
static void hear(const struct cr_filler *f, size_t i)
{
	static struct uffd_msg said[MESSAGES];
	size_t room = MEMORIES_MAX - count;
	ssize_t n;

	room = room < MESSAGES ? room : MESSAGES;
	n = room ? read(polls[FIRST + i].fd, said, room * sizeof(*said)) : 0;
	for (ssize_t k = 0; k < n / (ssize_t)sizeof(*said); k++)
		if (happened(memories + i, said + k) < 0)
			give_up(errno);
	for (ssize_t k = 0; k < n / (ssize_t)sizeof(*said); k++)
		if (said[k].event == UFFD_EVENT_PAGEFAULT)
			serve(f, i, said[k].arg.pagefault.address);
}

/* All is there: from here on it is memory as any other. */
static void drop(size_t i)
{
	close(polls[FIRST + i].fd);
	cr_spans_end(&memories[i].missing);
	memories[i] = memories[--count];
	polls[FIRST + i] = polls[FIRST + count];
}

static void see_guard_end(void)
{
	int status = 0;

	if (waitpid(-1, &status, 0) > 0 && WIFEXITED(status))
		give_up(WEXITSTATUS(status));
	give_up(ECHILD);
}

/* Until all is there, or nobody needs it.  Before the container goes on nothing is to
 * be heard, and the processors are for who makes it. */
static void fill(const struct cr_filler *f)
{
	bool gone_on = false;
	size_t next = 0;

	while (poll(polls, FIRST + count, gone_on && count ? 0 : -1) >= 0) {
		if (polls[INIT].revents)
			return;
		if (polls[GO].revents) {
			gone_on = true;
			polls[GO].fd = -1; /* the guard closes it */
			polls[GO].revents = 0;
		}
		if (polls[GUARD].revents)
			see_guard_end();
		if (count == 0 && polls[CHECKED].revents)
			return;
		for (size_t i = count; i-- > 0;)
			if (polls[FIRST + i].revents)
				hear(f, i);
		for (size_t i = count; i-- > 0;)
			if (memories[i].gone || memories[i].missing.count == 0)
				drop(i);
		if (gone_on && count)
			bring(f, ++next % count);
	}
	give_up(errno);
}

static void filler_died(int number)
{
	(void)number;
	give_up(0);
}

static noreturn void guard(const struct cr_filler *f, pid_t filler)
{
	const struct sigaction action = { .sa_handler = filler_died };
	const uint64_t others = ~(1ULL << (SIGUSR1 - 1)), one = 1;

	sigaction(SIGUSR1, &action, NULL);
	signals_set_mask(&others);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (getppid() != filler)
		give_up(0);
	poll(polls + GO, 1, -1);
	close(polls[GO].fd);
	if (f->check(f->arg) < 0 ||
	    write(polls[CHECKED].fd, &one, sizeof(one)) < 0)
		_exit(EBADMSG);
	for (;;)
		pause();
}

static bool kept[CR_FD_MAX];
static int highest;

static void keep(int fd)
{
	if (fd < 0 || fd >= CR_FD_MAX) {
		give_up(EMFILE);
	} else {
		kept[fd] = true;
		highest = fd > highest ? fd : highest;
	}
}

/* Of where we come from we have nothing but what is needed. */
static void close_others(const struct cr_filler *f)
{
	autofd int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		dup2(null, fd);
		keep(fd);
	}
	for (size_t i = 0; i < f->image->store_count; i++)
		if (f->pages[i] >= 0)
			keep(f->pages[i]);
	for (size_t i = 0; i < FIRST + count; i++)
		keep(polls[i].fd);
	for (int fd = 0; fd < highest; fd++)
		if (!kept[fd])
			close(fd);
	sys_close_range((unsigned int)highest + 1, ~0U, 0);
}

static void list_pages(struct memory *m, const struct cr_image *image,
		       const struct cr_process *p,
		       const struct cr_memory *memory)
{
	const struct cr_vma *at = NULL;
	const void *behind = memory;
	const struct cr_pages *next;

	while ((next = cr_lazy_next(image, p, CR_LATER, behind, &at))) {
		const struct cr_span span = { next->address, next->length,
					      next->offset, next->source, 0 };

		if (cr_spans_add(&m->missing, &span) < 0)
			give_up(errno);
		behind = next;
	}
}

static void list_memories(const struct cr_image *image)
{
	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];
		const struct cr_memory *memory = cr_lazy_memory(image, p);
		struct memory *m = memories + count;

		if (!adopted[i] || !memory)
			continue;
		list_pages(m, image, p, memory);
		/* In the order of their addresses, as most files are written. */
		cr_spans_turn(&m->missing);
		polls[FIRST + count++] = (struct pollfd){ .fd = adopted[i] - 1,
							  .events = POLLIN };
	}
}

/* Two of each fd for a moment, and children may be born. */
static void prepare(const struct cr_filler *f, int lock)
{
	const struct rlimit limit = { CR_FD_MAX, CR_FD_MAX };
	uint64_t old;

	signals_block_all(&old);
	setsid();
	setrlimit(RLIMIT_NOFILE, &limit);
	write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", "-1000");
	polls[INIT] = (struct pollfd){ sys_pidfd_open(f->init), POLLIN, 0 };
	polls[CHECKED] = (struct pollfd){ eventfd(0, EFD_CLOEXEC), POLLIN, 0 };
	polls[GO] = (struct pollfd){ go, POLLIN, 0 };
	polls[GUARD] =
		(struct pollfd){ lock, POLLIN, 0 }; /* until it is there */
	list_memories(f->image);
	close_others(f);
	if (chdir("/") < 0)
		give_up(errno);
}

static noreturn void run(const struct cr_filler *f, int lock)
{
	const pid_t self = getpid();
	long pid;

	prepare(f, lock);
	/* With the same descriptors: also those that are still to come. */
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		guard(f, self);
	polls[GUARD].fd = pid < 0 ? -1 : sys_pidfd_open((pid_t)pid);
	if (polls[GUARD].fd < 0)
		give_up(errno);
	fill(f);
	kill((pid_t)pid, SIGKILL);
	waitpid((pid_t)pid, NULL, 0);
	_exit(0);
}

/* Who has it is not done. */
static int open_lock(int dir)
{
	autofd int lock =
		openat(dir, CR_LAZY_FILE, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	return lock < 0 || flock(lock, LOCK_EX) < 0 ? -1 : fd_take(&lock);
}

int cr_filler_start(const struct cr_filler *f, pid_t *pid)
{
	bool wanted = false;
	autofd int lock = -1;

	for (size_t i = 0; i < f->image->process_count; i++)
		wanted |= adopted[i];
	*pid = 0;
	if (!wanted)
		return 0;
	lock = open_lock(f->dir);
	go = lock < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
	*pid = go < 0 ? -1 : fork();
	if (*pid == 0)
		run(f, lock);
	for (size_t i = 0; i < f->image->process_count; i++)
		if (adopted[i])
			close(adopted[i] - 1);
	if (*pid > 0)
		return 0;
	*pid = 0;
	return fail("cannot start the process that brings memory");
}

void cr_filler_go(void)
{
	const uint64_t one = 1;
	ssize_t n = go < 0 ? 0 : write(go, &one, sizeof(one));

	(void)n; /* nothing else was ever written to it */
	fd_close(&go);
}

bool cr_filler_has_failed(pid_t *pid, const char *name, int patience_ms)
{
	const int64_t until = now_ms() + patience_ms;
	pid_t ended = 0;
	int status;

	while (*pid && (ended = waitpid(*pid, &status, WNOHANG)) == 0 &&
	       now_ms() < until)
		usleep(NAP_US);
	if (ended == 0)
		return false;
	*pid = 0;
	if (ended < 0 || status == 0)
		return false;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	if (errno == ECHILD)
		failx("cannot go on with '%s': who brings its memory was killed",
		      name);
	else if (errno == EBADMSG)
		failx("cannot go on with '%s': the checksum of its 'pages.img' is wrong",
		      name);
	else
		fail("cannot bring the memory of '%s'", name);
	return true;
}
