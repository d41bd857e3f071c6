/* cr_task.c - a process of an image gets ready to be taken over */
#include "cr_task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_events.h"
#include "cr_tty.h"

enum { LOWEST = 16, SPARE = 64, CALLER_FDS = 3, CAPS_MAX = 64 };

struct cr_places cr_places(const struct cr_image *image)
{
	struct cr_places at;
	const struct cr_fd *fd;
	const struct cr_pty *pty;
	int highest = LOWEST;

	cr_each (fd, image, NULL, CR_FD, 0)
		if (fd->fd > highest)
			highest = fd->fd;
	at.first = at.files = highest + 1;
	at.caller = at.files + (int)image->file_count;
	at.pages = at.caller + CALLER_FDS;
	at.control = at.pages + 1;
	at.masters = at.control + 1;
	at.last = at.masters;
	cr_each (pty, image, NULL, CR_PTY, 0)
		at.last++;
	return at;
}

/* The numbers above all others need room; each process gets its own limit
 * later. */
static void raise_limit(const struct cr_places *at)
{
	struct rlimit limit;
	rlim_t need = (rlim_t)at->last + SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("cannot read the limit of open files");
	if (limit.rlim_cur >= need)
		return;
	limit.rlim_cur = need;
	if (limit.rlim_max < need)
		limit.rlim_max = need;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("cannot open as many files as the image has");
}

static void put(int fd, int at)
{
	if (dup2(fd, at) < 0)
		die("cannot open as many files as the image has");
}

static void give(int fd, int at)
{
	if (fd < 0)
		return;
	put(fd, at);
	close(fd);
}

/* What a file is opened with again is not what it was made with. */
static int open_flags(const struct cr_file *f)
{
	return (int)(f->flags &
		     ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC)) |
	       O_NOCTTY;
}

static int open_path(const struct cr_image *image, const struct cr_file *f)
{
	int fd = openat(AT_FDCWD, f->path, open_flags(f));
	struct stat st;

	(void)image;
	if (fd < 0)
		die("cannot open '%s' again", f->path);
	if (f->flags & O_PATH || !f->mode)
		return fd;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != (f->mode & S_IFMT))
		diex("cannot restore the open file '%s': it is of another kind now",
		     f->path);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size != f->size)
		warnx("!'%s' has another size than when it was saved", f->path);
	if (f->position && lseek(fd, (off_t)f->position, SEEK_SET) < 0)
		die("cannot go on in '%s' where it was", f->path);
	return fd;
}

/* Memory with a name. */
static int open_blob(const struct cr_image *image, const struct cr_file *f)
{
	off_t offset = (off_t)f->id;
	autofd int fd = -1;
	uint64_t left = f->size;
	char name[64];

	snprintf(name, sizeof(name), "%.40s", f->path);
	fd = memfd_create(name, 0);
	if (fd < 0 || ftruncate(fd, (off_t)f->size) < 0)
		die("cannot make the file '%s'", name);
	while (left > 0) {
		ssize_t n = sendfile(fd, image->pages, &offset, left);

		if (n <= 0)
			die("cannot fill the file '%s'", name);
		left -= (uint64_t)n;
	}
	fchmod(fd, f->mode & 07777);
	if (f->flags & O_RDWR)
		return fd_take(&fd);
	/* Nobody can execute what somebody can write to. */
	return openat(AT_FDCWD, fd_name(fd).text, O_RDONLY);
}

static int open_of_blob(const struct cr_file *f, const struct cr_places *at)
{
	int fd = openat(AT_FDCWD, fd_name(at->files + (int)f->id).text,
			open_flags(f));

	if (fd < 0 ||
	    (f->position && lseek(fd, (off_t)f->position, SEEK_SET) < 0))
		die("cannot open a file without a name again");
	return fd;
}

static int open_listener(const struct cr_file *f)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, (int)f->role, 0);

	if (fd < 0 ||
	    copy_text(name.sun_path, sizeof(name.sun_path), f->path) < 0)
		die("cannot make the socket '%s'", f->path);
	unlink(f->path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		die("cannot listen on '%s'", f->path);
	fcntl(fd, F_SETFL, (int)f->flags);
	return fd;
}

/* Both ends; a fifo is opened by its name. */
static void open_both(const struct cr_file *f, int ends[2])
{
	if (!*f->path) {
		if (pipe(ends) < 0)
			die("cannot make a pipe");
		return;
	}
	ends[0] = openat(AT_FDCWD, f->path, O_RDWR | O_NONBLOCK);
	ends[1] = ends[0] < 0 ? -1 : dup(ends[0]);
	if (ends[1] < 0)
		die("cannot open '%s' again", f->path);
}

static void fill_pipe(const struct cr_image *image, size_t number, int fd)
{
	const struct cr_data *data;

	cr_each (data, image, NULL, CR_DATA, 0) {
		size_t size = cr_length(data) - sizeof(*data);

		if (data->file == number &&
		    write_all(fd, data->bytes, size) < 0)
			die("cannot fill a pipe");
	}
}

/* One end, and at once all others of the same pipe. */
static void open_pipe(const struct cr_image *image, size_t first,
		      const struct cr_places *at)
{
	const struct cr_file *f = image->files[first];
	int ends[2];

	for (size_t i = 0; i < first; i++)
		if (image->files[i]->kind == CR_PIPE &&
		    image->files[i]->id == f->id)
			return; /* done with that one */
	open_both(f, ends);
	if (f->size > 0 && f->size <= INT32_MAX)
		fcntl(ends[1], F_SETPIPE_SZ, (int)f->size);
	for (size_t i = first; i < image->file_count; i++) {
		const struct cr_file *o = image->files[i];
		int end;

		if (o->kind != CR_PIPE || o->id != f->id)
			continue;
		fill_pipe(image, i, ends[1]);
		/* An open file of its own: flags are not shared. */
		end = openat(AT_FDCWD, fd_name(ends[1]).text,
			     open_flags(o) | O_NONBLOCK);
		if (end < 0)
			die("cannot open a pipe again");
		fcntl(end, F_SETFL, (int)o->flags);
		give(end, at->files + (int)i);
	}
	close(ends[0]);
	close(ends[1]);
}

static void open_one(const struct cr_image *image, size_t i,
		     const struct cr_places *at)
{
	const struct cr_file *f = image->files[i];
	int fd = -1;

	switch ((enum cr_file_kind)f->kind) {
	case CR_PATH:
		fd = open_path(image, f);
		break;
	case CR_EXTERNAL:
		fd = dup(at->caller + (int)f->role);
		break;
	case CR_PIPE:
		open_pipe(image, i, at);
		return;
	case CR_PTMX:
		fd = dup(cr_tty_master(image, at->masters, f->id));
		fcntl(fd, F_SETFL, (int)f->flags);
		break;
	case CR_SIGNALFD:
		fd = (int)syscall(SYS_signalfd4, -1, &f->id, sizeof(f->id),
				  f->flags & O_NONBLOCK);
		break;
	case CR_EVENTFD:
		fd = eventfd((unsigned int)f->id,
			     (int)(f->flags & O_NONBLOCK) |
				     (f->role ? EFD_SEMAPHORE : 0));
		break;
	case CR_EPOLL:
		fd = epoll_create1(0);
		break;
	case CR_TIMERFD:
		fd = cr_timer_open(image, (uint32_t)i,
				   (int)(f->flags & O_NONBLOCK));
		break;
	case CR_LISTENER:
		fd = open_listener(f);
		break;
	case CR_BLOB:
		fd = open_blob(image, f);
		break;
	case CR_OF_BLOB:
		fd = open_of_blob(f, at);
		break;
	case CR_FILE_KINDS:
		break;
	}
	if (fd < 0)
		die("cannot restore open file %zu", i);
	give(fd, at->files + (int)i);
}

void cr_task_open_files(const struct cr_image *image,
			const struct cr_places *at, int control)
{
	raise_limit(at);
	for (int fd = 0; fd < CALLER_FDS; fd++)
		put(fd, at->caller + fd);
	put(control, at->control);
	put(image->pages, at->pages);
	cr_tty_restore(image, at->masters);
	for (size_t i = 0; i < image->file_count; i++)
		open_one(image, i, at);
}

static void take_fds(const struct cr_image *image, const struct cr_places *at,
		     const struct cr_process *p)
{
	const struct cr_fd *fd;

	/* Here are only ours: the launcher's, and what a stem is given. */
	sys_close_range(0, (unsigned int)at->first - 1, 0);
	cr_each (fd, image, p, CR_FD, CR_OF_PROCESS)
		if (dup3(at->files + fd->file, fd->fd,
			 fd->cloexec ? O_CLOEXEC : 0) < 0)
			die("cannot give process %d fd %d", p->pid, fd->fd);
}

static bool has_file(const struct cr_image *image, const struct cr_process *p,
		     int32_t file)
{
	const struct cr_fd *fd;

	cr_each (fd, image, p, CR_FD, CR_OF_PROCESS)
		if (fd->file == file)
			return true;
	return false;
}

/* An epoll knows its targets by the numbers of one process: the first that has
 * it. */
static void fill_epolls(const struct cr_image *image,
			const struct cr_process *p)
{
	const struct cr_fd *fd;

	cr_each (fd, image, p, CR_FD, CR_OF_PROCESS) {
		size_t first = 0;

		if (image->files[fd->file]->kind != CR_EPOLL)
			continue;
		while (!has_file(image, image->processes[first], fd->file))
			first++;
		if (image->processes[first] == p)
			cr_epoll_fill(image, (uint32_t)fd->file, fd->fd);
	}
}

/* All but the bounding set are the threads' own, and come last. */
static void limit_powers(const struct cr_image *image,
			 const struct cr_process *p)
{
	const struct cr_thread *t = cr_next(image, p, CR_THREAD, CR_OF_PROCESS);

	for (unsigned int cap = 0; cap < CAPS_MAX; cap++)
		if (!(t->bounding >> cap & 1) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
			if (errno == EINVAL) /* there are no more */
				break;
			die("cannot drop capability %u", cap);
		}
	if (t->no_new_privs)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void set_limits(const struct cr_process *p)
{
	for (int i = 0; i < CR_RLIMITS; i++) {
		uint64_t now[2];

		if (syscall(SYS_prlimit64, 0, i, NULL, now) == 0 &&
		    memcmp(now, p->rlimits[i], sizeof(now)) != 0 &&
		    syscall(SYS_prlimit64, 0, i, p->rlimits[i], NULL) < 0)
			warn("!cannot restore limit %d of process %d", i,
			     p->pid);
	}
	if (p->nice && setpriority(PRIO_PROCESS, 0, p->nice) < 0)
		warn("!cannot restore the priority of process %d", p->pid);
	if (p->oom_score_adj &&
	    write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", "%d",
			  p->oom_score_adj) < 0)
		warn("!cannot restore oom_score_adj of process %d", p->pid);
	if (p->flags & CR_THP_OFF)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

/* Nothing arrives as long as all are blocked. */
static void set_actions(const struct cr_image *image,
			const struct cr_process *p)
{
	const uint64_t ignore[4] = { (uintptr_t)SIG_IGN };
	const struct cr_action *a;

	/* Forget what our own way here has raised. */
	syscall(SYS_rt_sigaction, SIGCHLD, ignore, NULL, sizeof(uint64_t));
	cr_each (a, image, p, CR_ACTION, CR_OF_THREAD)
		if (syscall(SYS_rt_sigaction, a->number, a->action, NULL,
			    sizeof(uint64_t)) < 0)
			die("cannot restore signal %u of process %d", a->number,
			    p->pid);
}

void cr_task_prepare(const struct cr_image *image, const struct cr_places *at,
		     const struct cr_process *p)
{
	take_fds(image, at, p);
	fill_epolls(image, p);
	if (fchdir(at->files + p->cwd) < 0)
		die("cannot return to the directory of process %d", p->pid);
	if (p->root >= 0 && chroot(fd_name(at->files + p->root).text) < 0)
		die("cannot restore the root of process %d", p->pid);
	umask(p->umask);
	limit_powers(image, p);
	set_limits(p);
	set_actions(image, p);
}
