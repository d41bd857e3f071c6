/* cr_task.c - a process of an image gets ready to be taken over */
#include "cr_task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "cr_events.h"
#include "cr_pidfd.h"

enum { CAPS_MAX = 64 };

static void take_fds(const struct cr_image *image, const struct cr_places *at,
		     const struct cr_process *p)
{
	const struct cr_fd *fd;

	/* Here are only ours: the launcher's, and what a stem is given. */
	if (sys_close_range(0, (unsigned int)at->first - 1, 0) < 0)
		die("cannot close the files that are not process %d's", p->pid);
	cr_each (fd, image, p, CR_FD, CR_OF_PROCESS) {
		const struct cr_file *f = image->files[fd->file];

		/* Everybody has his own: now there is somebody to be meant. */
		if (f->kind == CR_PIDFD)
			cr_give(cr_pidfd_open(f), at->files + fd->file);
		if (dup3(at->files + fd->file, fd->fd,
			 fd->cloexec ? O_CLOEXEC : 0) < 0)
			die("cannot give process %d fd %d", p->pid, fd->fd);
	}
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
	if (t->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("cannot have process %d get no new privileges", p->pid);
}

static void set_limits(const struct cr_process *p)
{
	for (int i = 0; i < CR_RLIMITS; i++) {
		uint64_t now[2];

		if (syscall(SYS_prlimit64, 0, i, NULL, now) == 0 &&
		    memcmp(now, p->rlimits[i], sizeof(now)) == 0)
			continue;
		if (syscall(SYS_prlimit64, 0, i, p->rlimits[i], NULL) < 0)
			warn("!cannot restore limit %d of process %d", i,
			     p->pid);
	}
	if (p->nice && setpriority(PRIO_PROCESS, 0, p->nice) < 0)
		warn("!cannot restore the priority of process %d", p->pid);
	if (p->oom_score_adj &&
	    write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", "%d",
			  p->oom_score_adj) < 0)
		warn("!cannot restore oom_score_adj of process %d", p->pid);
	if ((p->personality && personality(p->personality) < 0) ||
	    (p->flags & CR_THP_OFF &&
	     prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) < 0))
		die("cannot restore the personality of process %d", p->pid);
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
