/* cr_track.c - what changes in the memory of a container from one image to the next */
#include "cr_track.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "cr_pagemap.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_vdso.h"

enum {
	PAGE = 4096,
	REGIONS = 1024,
	TEXT_MAX = CR_PROCESSES_MAX * 32 + 64,
	/* Younger than the headers that we are built with. */
	USER_ONLY = 1, /* UFFD_USER_MODE_ONLY: allowed to everybody */
	WP_UNPOPULATED = 1 << 13, /* UFFD_FEATURE_... */
	WP_ASYNC = 1 << 15,
	/* A keeper's fds. */
	KEEPER_INIT = 3,
	KEEPER_FIRST,
};

static struct tracked {
	pid_t pid;
	uint64_t start; /* when it was started */
	int fd;
	bool known, kept; /* since the parent; from here on */
} tracked[CR_PROCESSES_MAX];
static size_t count;

static int file = -1; /* "tracked", locked */
static bool asked;    /* what it tells of */
static char text[TEXT_MAX];

static int set_up(int fd)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = WP_ASYNC | WP_UNPOPULATED };

	return ioctl(fd, UFFDIO_API, &api);
}

static bool can_track(void)
{
	autofd int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_ONLY);

	return fd >= 0 && set_up(fd) == 0;
}

int cr_track_check(void)
{
	struct utsname name;

	if (can_track())
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) || uname(&name) < 0)
		return fail("cannot track memory (--pre-dump, --parent)");
	return failx(
		"cannot track memory (--pre-dump, --parent): that needs Linux 6.7 with userfaultfd, and this is %s",
		name.release);
}

static struct tracked *find(const struct cr_held *p)
{
	for (size_t i = 0; i < count; i++)
		if (tracked[i].pid == p->pid &&
		    tracked[i].start == proc_start_time(p->pid))
			return tracked + i;
	return NULL;
}

/* "IMAGE KEEPER START ASKED", and " PID START" for each of the keeper's fds.  Of them
 * ours are copies.  Returns the image, if all of that is still true. */
static uint64_t load(bool known, uint64_t parent)
{
	const char *at = text;
	uint64_t image, pid, start, wanted;
	autofd int keeper = -1;

	if (!cr_scan(&at, 10, &image) || !cr_scan(&at, 10, &pid) ||
	    !cr_scan(&at, 10, &start) || !cr_scan(&at, 10, &wanted) ||
	    (known && image != parent))
		return 0;
	keeper = proc_open((pid_t)pid, start);
	if (keeper < 0)
		return 0;
	asked = wanted;
	for (int i = 0; count < CR_PROCESSES_MAX && cr_scan(&at, 10, &pid) &&
			cr_scan(&at, 10, &start);
	     i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, keeper, KEEPER_FIRST + i,
				      0);

		if (fd >= 0)
			tracked[count++] = (struct tracked){ (pid_t)pid, start,
							     fd, known, false };
	}
	return image;
}

/* Two of each process for a moment. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* -1 with errno: EAGAIN while somebody else has it. */
static int open_file(int dir)
{
	ssize_t n;

	raise_limit();
	file = openat(dir, "tracked", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB) < 0)
		return -1;
	n = read_all(file, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return 0;
}

int cr_track_begin(int dir, const char *name, const char *path, uint64_t parent)
{
	if (open_file(dir) < 0)
		return errno == EAGAIN
			       ? failx("cannot track the memory of '%s': another checkpoint of it is on its way",
				       name)
			       : fail("cannot track the memory of '%s'", name);
	if (load(parent, parent) != parent && parent)
		return failx(
			"cannot build on '%s' (--parent): the memory of '%s' is not tracked since then (checkpoint --pre-dump)",
			path, name);
	return 0;
}

bool cr_track_try(int dir)
{
	if (!can_track())
		return false;
	if (open_file(dir) == 0 && (!load(false, 0) || !asked))
		return true;
	fd_close(&file);
	return false;
}

bool cr_track_takes(const struct cr_vma *v)
{
	return v->kind == CR_ANON && !(v->flags & (CR_SHARED | CR_WHOLE));
}

bool cr_track_knows(const struct cr_held *p)
{
	const struct tracked *t = find(p);

	return t && t->known;
}

/* Is it of the memory that the process has now, or of what it had before it executed
 * something?  The vdso is never protected: only with ENOENT somebody has looked. */
static bool is_of(int fd, const struct cr_vdso *vdso)
{
	struct uffdio_writeprotect nothing = { .range = { vdso->code, PAGE } };

	return ioctl(fd, UFFDIO_WRITEPROTECT, &nothing) == 0 || errno != ESRCH;
}

static int make_fd(const struct cr_seized *s, const struct cr_held *p,
		   uint64_t gadget)
{
	struct cr_remote r = { .tid = p->pid,
			       .gadget = gadget,
			       .base = s->tasks[p->first].registers };
	autofd int pidfd = sys_pidfd_open(p->pid);
	long theirs = cr_call(&r, SYS_userfaultfd, O_CLOEXEC | USER_ONLY);
	autofd int fd = -1;

	if (theirs < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	cr_call(&r, SYS_close, (uint64_t)theirs);
	return fd < 0 || set_up(fd) < 0 ? -1 : fd_take(&fd);
}

bool cr_track_is_open(const struct cr_held *p)
{
	const struct tracked *t = find(p);
	struct cr_vdso vdso;

	return t && cr_find_vdso(p->pid, &vdso) == 0 && is_of(t->fd, &vdso);
}

void cr_track_open(const struct cr_seized *s, const struct cr_held *p)
{
	struct tracked *t = find(p);
	struct cr_vdso vdso;

	if (cr_find_vdso(p->pid, &vdso) < 0 ||
	    (!t && count == CR_PROCESSES_MAX) || (t && is_of(t->fd, &vdso)))
		return;
	if (!t)
		t = tracked + count++;
	else
		fd_close(&t->fd);
	*t = (struct tracked){ .pid = p->pid,
			       .start = proc_start_time(p->pid),
			       .fd = make_fd(s, p, vdso.gadget) };
}

void cr_track_take(void)
{
	const char *at = text;
	uint64_t image, pid, start;
	autofd int keeper = -1;

	if (ftruncate(file, 0) < 0 || !cr_scan(&at, 10, &image) ||
	    !cr_scan(&at, 10, &pid) || !cr_scan(&at, 10, &start))
		return;
	keeper = proc_open((pid_t)pid, start);
	if (keeper >= 0)
		sys_pidfd_send_signal(keeper, SIGKILL);
}

void cr_track_settle(void)
{
	for (size_t i = 0; i < count; i++)
		tracked[i].known = tracked[i].kept;
}

static void protect_range(const struct tracked *t, int pagemap,
			  const struct cr_vma *v)
{
	static struct cr_region regions[REGIONS];
	struct uffdio_register wanted = {
		.range = { v->start, v->end - v->start },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct cr_scan scan = cr_scan_own(v->start, v->end, regions, REGIONS);

	if (ioctl(t->fd, UFFDIO_REGISTER, &wanted) < 0)
		return;
	scan.flags = CR_SCAN_PROTECT | CR_SCAN_TRACKED_ONLY;
	/* Each image says itself which these are. */
	scan.inverted |= CR_PAGE_GUARD;
	scan.all |= CR_PAGE_GUARD;
	while (scan.start < v->end && cr_scan_pages(pagemap, &scan) >= 0 &&
	       scan.walk_end > scan.start)
		scan.start = scan.walk_end;
}

bool cr_track_protect(const struct cr_image *image, const struct cr_held *p,
		      const struct cr_process *record)
{
	struct tracked *t = find(p);
	autofd int pagemap = cr_open_pagemap(p->pid);
	const struct cr_vma *v;

	if (!t || t->fd < 0 || pagemap < 0)
		return false;
	t->kept = true;
	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS)
		if (cr_track_takes(v))
			protect_range(t, pagemap, v);
	return true;
}

/* Its fds follow each other, in the order of the file. */
static int arrange(int pidfd, int *ready)
{
	int copies[CR_PROCESSES_MAX];
	int n = 0, null = openat(AT_FDCWD, "/dev/null", O_RDWR);
	int above = KEEPER_FIRST + (int)count;

	for (size_t i = 0; i < count; i++)
		if (tracked[i].kept) {
			copies[n] = fcntl(tracked[i].fd, F_DUPFD, above);
			if (copies[n++] < 0)
				return -1;
		}
	file = fcntl(file, F_DUPFD, above);
	null = fcntl(null, F_DUPFD, above);
	*ready = fcntl(*ready, F_DUPFD, above);
	if (file < 0 || null < 0 || *ready < 0 || dup2(pidfd, KEEPER_INIT) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (dup2(copies[i], KEEPER_FIRST + i) < 0)
			return -1;
	for (int i = 0; i < KEEPER_INIT; i++)
		dup2(null, i);
	return n;
}

static int save(uint64_t image)
{
	size_t used =
		(size_t)snprintf(text, sizeof(text), "%llu %d %llu %d",
				 (unsigned long long)image, getpid(),
				 (unsigned long long)proc_start_time(getpid()),
				 asked);

	for (size_t i = 0; i < count; i++)
		if (tracked[i].kept)
			used += (size_t)
				snprintf(text + used, sizeof(text) - used,
					 " %d %llu", tracked[i].pid,
					 (unsigned long long)tracked[i].start);
	return pwrite(file, text, used, 0) == (ssize_t)used ? 0 : -1;
}

/* Nothing of where we come from is held by us; and who waits for us to be ready sees
 * the end of a pipe. */
static void keep(uint64_t image, int pidfd, int ready)
{
	struct pollfd p = { .fd = KEEPER_INIT, .events = POLLIN };
	int n = arrange(pidfd, &ready);

	if (n < 0 || chdir("/") < 0 || save(image) < 0)
		_exit(1);
	flock(file, LOCK_UN);
	sys_close_range((unsigned int)(KEEPER_FIRST + n), ~0U, 0);
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	_exit(0);
}

int cr_track_keep(uint64_t image, int pidfd, bool wanted)
{
	int ends[2];
	char byte;
	pid_t pid;

	asked = wanted;
	pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();

	if (pid == 0)
		keep(image, pidfd, ends[1]);
	if (pid > 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
			;
	}
	if (pid < 0 || waitpid(pid, NULL, WNOHANG) != 0)
		return failx("cannot go on tracking memory (--pre-dump)");
	return 0;
}
