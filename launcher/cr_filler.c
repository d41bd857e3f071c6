/* cr_filler.c - the process that brings memory out of an image */
#include "cr_filler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "cr_lazy.h"
#include "cr_missing.h"

enum {
	MEMORIES_MAX = 4096,
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
static struct cr_missing memories[MEMORIES_MAX];
static struct pollfd polls[FIRST + MEMORIES_MAX];
static size_t count;

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

/* For a child the same is missing as for its parent. */
static int born(const struct cr_missing *parent, int fd)
{
	memories[count] =
		(struct cr_missing){ .spans = CR_SPANS_INIT, .fd = fd };
	polls[FIRST + count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return cr_spans_copy(&memories[count++].spans, &parent->spans);
}

static void drop(size_t i)
{
	cr_missing_end(memories + i);
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
			if (polls[FIRST + i].revents &&
			    cr_missing_hear(memories + i, f->pages,
					    MEMORIES_MAX - count, born) < 0)
				give_up(errno);
		for (size_t i = count; i-- > 0;)
			if (memories[i].gone || memories[i].spans.count == 0)
				drop(i);
		if (gone_on && count &&
		    cr_missing_bring(memories + ++next % count, f->pages) < 0)
			give_up(errno);
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

static void list_pages(struct cr_missing *m, const struct cr_image *image,
		       const struct cr_process *p,
		       const struct cr_memory *memory)
{
	const struct cr_vma *at = NULL;
	const void *behind = memory;
	const struct cr_pages *next;

	while ((next = cr_lazy_next(image, p, CR_LATER, behind, &at))) {
		const struct cr_span span = { next->address, next->length,
					      next->offset, next->source, 0 };

		if (cr_spans_add(&m->spans, &span) < 0)
			give_up(errno);
		behind = next;
	}
}

static void list_memories(const struct cr_image *image)
{
	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];
		const struct cr_memory *memory = cr_lazy_memory(image, p);
		struct cr_missing *m = memories + count;

		if (!adopted[i] || !memory)
			continue;
		list_pages(m, image, p, memory);
		/* In the order of their addresses, as most files are written. */
		cr_spans_turn(&m->spans);
		m->fd = adopted[i] - 1;
		polls[FIRST + count++] =
			(struct pollfd){ .fd = m->fd, .events = POLLIN };
	}
}

/* Two of each fd for a moment, and children may be born. */
static void prepare(const struct cr_filler *f, int lock, int init)
{
	const struct rlimit limit = { CR_FD_MAX, CR_FD_MAX };
	uint64_t old;

	signals_block_all(&old);
	setsid();
	polls[INIT] = (struct pollfd){ init, POLLIN, 0 };
	setrlimit(RLIMIT_NOFILE, &limit);
	write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", "-1000");
	polls[CHECKED] = (struct pollfd){ eventfd(0, EFD_CLOEXEC), POLLIN, 0 };
	polls[GO] = (struct pollfd){ go, POLLIN, 0 };
	polls[GUARD] =
		(struct pollfd){ lock, POLLIN, 0 }; /* until it is there */
	list_memories(f->image);
	close_others(f);
	if (chdir("/") < 0)
		give_up(errno);
}

static noreturn void run(const struct cr_filler *f, int lock, int init)
{
	const pid_t self = getpid();
	long pid;

	prepare(f, lock, init);
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
	autofd int lock = -1, init = -1;

	for (size_t i = 0; i < f->image->process_count; i++)
		wanted |= adopted[i];
	*pid = 0;
	if (!wanted)
		return 0;
	/* Before it is needed: without it nobody could end the container. */
	init = sys_pidfd_open(f->init);
	lock = init < 0 ? -1 : open_lock(f->dir);
	go = lock < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
	*pid = go < 0 ? -1 : fork();
	if (*pid == 0)
		run(f, lock, init);
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
