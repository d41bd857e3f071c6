/* container_find.c - containers of other launchers: find, tell how they are */
#include "container_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "config.h"
#include "container.h"
#include "container_rundir.h"
#include "option.h"

enum { YOUNG_S = 2, POLL_MS = 5 };

void container_look(struct container *c)
{
	int rundir = c->rundir, dir = c->dir;

	fd_close(&c->pidfd);
	container_init(c);
	c->rundir = rundir;
	c->dir = c->net.dir = dir;
	container_load(c);
	if (c->pid)
		c->pidfd = proc_open(c->pid, c->start_time);
}

static int open_container(struct container *c, const char *name)
{
	if (!option_is_name(name))
		errno = ENOENT;
	else
		c->dir =
			openat(c->rundir, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir < 0)
		return -1;
	snprintf(c->name, sizeof(c->name), "%s", name);
	container_look(c);
	return 0;
}

void container_close(struct container *c)
{
	fd_close(&c->pidfd);
	fd_close(&c->dir);
	fd_close(&c->rundir);
}

static int not_found(struct container *c, const char *name)
{
	container_close(c);
	return failx("cannot find '%s': there is no container of that name",
		     name);
}

int container_find(struct container *c, const char *state_dir, const char *name)
{
	container_init(c);
	if (container_open_rundir(c, state_dir) < 0)
		return errno == ENOENT ? not_found(c, name) : -1;
	if (open_container(c, name) == 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return not_found(c, name);
	return fail("cannot open the state of '%s'", name);
}

int container_find_running(struct container *c, const char *state_dir,
			   const char *name)
{
	enum container_life life;

	if (container_find(c, state_dir, name) < 0)
		return -1;
	life = container_life(c);
	if (life == LIFE_RUNNING)
		return 0;
	container_close(c);
	return failx("cannot use '%s': it is %s", name,
		     container_life_name(life));
}

/* A directory without a state: of a launcher that is on its way, or was killed
 * there.  To try the lock of a young one could be in its way. */
static bool is_abandoned(const struct container *c)
{
	struct stat st;

	if (fstat(c->dir, &st) < 0 || time(NULL) - st.st_mtime < YOUNG_S)
		return false;
	if (flock(c->dir, LOCK_SH | LOCK_NB) < 0)
		return false;
	flock(c->dir, LOCK_UN);
	return true;
}

enum container_life container_life(const struct container *c)
{
	if (!c->loaded || !c->launcher)
		return is_abandoned(c) ? LIFE_LOST : LIFE_STARTING;
	if (proc_start_time(c->launcher) != c->launcher_start)
		return LIFE_LOST;
	if (!c->pid)
		return LIFE_RESTARTING;
	return proc_start_time(c->pid) == c->start_time ? LIFE_RUNNING
							: LIFE_ENDING;
}

const char *container_life_name(enum container_life life)
{
	static const char *const names[] = {
		[LIFE_STARTING] = "starting",
		[LIFE_RUNNING] = "running",
		[LIFE_RESTARTING] = "restarting",
		[LIFE_ENDING] = "ending",
		[LIFE_LOST] = "lost",
	};

	return names[life];
}

int container_each(struct container *c, const char *state_dir,
		   void (*visit)(struct container *c, void *arg), void *arg)
{
	const struct dirent *entry;
	DIR *list;
	int rundir;

	container_init(c);
	if (container_open_rundir(c, state_dir) < 0)
		return errno == ENOENT ? 0 : -1;
	rundir = c->rundir;
	list = fdopendir(rundir);
	if (!list)
		return fail("cannot list the containers");
	while ((entry = readdir(list))) {
		if (!option_is_name(entry->d_name))
			continue;
		container_init(c);
		c->rundir = rundir;
		if (open_container(c, entry->d_name) == 0)
			visit(c, arg);
		c->rundir = -1; /* the list's */
		container_close(c);
	}
	closedir(list);
	return 0;
}

int container_try_spec(const struct container *c, struct spec *spec)
{
	autofd int file = openat(c->dir, "spec", O_RDONLY | O_CLOEXEC);
	char path[32];

	spec_init(spec);
	if (file < 0 && errno == ENOENT)
		return 1;
	if (file < 0)
		return fail("cannot open the spec of '%s'", c->name);
	/* Once more, and found although it may be removed just now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return config_read(spec, path);
}

int container_load_spec(const struct container *c, struct spec *spec)
{
	int result = container_try_spec(c, spec);

	if (result > 0)
		return failx("cannot read the options of '%s': it has ended",
			     c->name);
	return result;
}

int container_signal(const struct container *c, int number)
{
	if (c->pidfd >= 0)
		return sys_pidfd_send_signal(c->pidfd, number);
	if (c->pid <= 0 || proc_start_time(c->pid) != c->start_time) {
		errno = ESRCH;
		return -1;
	}
	return kill(c->pid, number);
}

/* By pidfd; before Linux 5.3 by looking again and again. */
static int wait_gone(pid_t pid, uint64_t start, int timeout_ms)
{
	int64_t until = now_ms() + timeout_ms;
	autofd int pidfd = proc_open(pid, start);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0)
		return poll(&p, 1, timeout_ms) > 0 ? 0 : 1;
	while (proc_start_time(pid) == start && start) {
		if (timeout_ms >= 0 && now_ms() > until)
			return 1;
		poll(NULL, 0, POLL_MS);
	}
	return 0;
}

int container_wait_end(const struct container *c, int timeout_ms)
{
	return wait_gone(c->pid, c->start_time, timeout_ms);
}

int container_wait_launcher(const struct container *c, int timeout_ms)
{
	return wait_gone(c->launcher, c->launcher_start, timeout_ms);
}
