/* container.c - what is: the facts of one container, and their files */
#include "container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/text.h"

enum { PATIENCE_MS = 2000, TAKE_TRIES = 1000 };

void container_init(struct container *c)
{
	c->rundir = c->dir = c->pidfd = -1;
	c->pid = 0;
	c->start_time = 0;
	c->saved = c->has_neighbours = false;
	c->cgroup.count = 0;
	c->net.nl.fd = c->net.dir = -1;
	c->net.count = 0;
}

static const char *rundir(const struct spec *spec, char *buf, size_t size)
{
	const char *dir =
		spec->state_dir ? spec->state_dir : getenv("LAUNCH_RUNDIR");

	if (dir && *dir)
		return dir;
	dir = geteuid() ? getenv("XDG_RUNTIME_DIR") : NULL;
	if (!dir || format(buf, size, "%s/launch", dir) < 0)
		return "/run/launch";
	return buf;
}

/* Somebody else's directory, or one that a symlink leads to, could make us
 * write and remove files anywhere. */
static int check_owner(struct container *c, int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return fail("cannot stat '%s' (--state-dir)", path);
	if (st.st_uid != getauxval(AT_EUID) || (st.st_mode & 022))
		return failx(
			"cannot use '%s' (--state-dir): others can write to it",
			path);
	/* Two links: empty, but where directories are not counted at all. */
	c->has_neighbours = st.st_nlink != 2;
	return 0;
}

/* With its parents: a box that has just booted may lack /run itself. */
static int make_dirs(const char *path)
{
	static char part[PATH_MAX];
	size_t len = strlen(path);

	for (size_t i = 1; i <= len && i < sizeof(part); i++) {
		if (i < len && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i < len ? 0755 : 0711) < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static const char *explain(void)
{
	return errno == EACCES && getauxval(AT_EUID) ? " (are you root?)" : "";
}

static int open_rundir(struct container *c, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	autofd int dir = openat(AT_FDCWD, path, flags);

	if (dir < 0 && errno == ENOENT) {
		if (make_dirs(path) < 0)
			return fail("cannot create '%s' (--state-dir)%s", path,
				    explain());
		dir = openat(AT_FDCWD, path, flags);
	}
	if (dir < 0)
		return fail("cannot open '%s' (--state-dir)%s", path,
			    explain());
	return check_owner(c, dir, path) < 0 ? -1 : fd_take(&dir);
}

static int open_locked(int at, const char *name)
{
	autofd int dir =
		openat(at, name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0 || fstat(dir, &st) < 0)
		return -1;
	/* Removed between the two: what we hold is no name any more, and the
	 * name may be another's. */
	if (st.st_nlink == 0) {
		errno = ENOENT;
		return -1;
	}
	return fd_take(&dir);
}

/* When pid was started, in ticks since boot; 0 if there is no such process, or
 * none but a zombie: not every parent reaps at once. */
static uint64_t start_time(pid_t pid)
{
	char path[32], stat[1024];
	uint64_t ticks = 0;
	char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_file_at(AT_FDCWD, path, stat, sizeof(stat)) < 0)
		return 0;
	/* The command's name, field 2, may hold blanks and parentheses. */
	p = strrchr(stat, ')');
	if (p && starts_with(p, ") Z"))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = split_at(p, ' ');
	if (p) {
		split_at(p, ' ');
		parse_uint(p, UINT64_MAX, &ticks);
	}
	return ticks;
}

static int load(struct container *c, int dir)
{
	char state[LINES_MAX];
	char *text = state, *key, *value;
	uint64_t n;

	if (read_file_at(dir, "state", state, sizeof(state)) < 0)
		return -1;
	while (lines_next(&text, &key, &value)) {
		if (strcmp(key, "pid") == 0 &&
		    parse_uint(value, INT_MAX, &n) == 0)
			c->pid = (pid_t)n;
		else if (strcmp(key, "start") == 0)
			parse_uint(value, UINT64_MAX, &c->start_time);
		else if (cgroup_load(&c->cgroup, key, value) > 0)
			net_load(&c->net, key, value);
	}
	return 0;
}

int container_save(struct container *c)
{
	static struct lines lines; /* 16 KiB that need no zeroes */
	/* Readers take an empty file for one that is just being written. */
	const char *name = c->saved ? "state.new" : "state";
	autofd int file = -1;

	lines.length = 0;
	lines.overflow = false;
	if (c->pid && !c->start_time)
		c->start_time = start_time(c->pid);
	lines_add(&lines, "pid", "%d", c->pid);
	lines_add(&lines, "start", "%" PRIu64, c->start_time);
	cgroup_save(&c->cgroup, &lines);
	net_save(&c->net, &lines);
	file = openat(c->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	if (lines.overflow || file < 0 ||
	    write_all(file, lines.bytes, lines.length) < 0 ||
	    (c->saved && renameat(c->dir, name, c->dir, "state") < 0))
		return fail("cannot write the state of '%s'", c->name);
	c->saved = true;
	return 0;
}

static void remove_files(int rundir, const char *name, int dir)
{
	static const char *const files[] = { "state", "state.new" };

	for (size_t i = 0; i < COUNT(files); i++)
		unlinkat(dir, files[i], 0);
	unlinkat(rundir, name, AT_REMOVEDIR);
}

/* The start time tells the process from a stranger that got its pid later. */
static void end_process(pid_t pid, uint64_t started)
{
	int64_t until = now_ms() + PATIENCE_MS;

	if (pid <= 0 || !started)
		return;
	while (start_time(pid) == started && now_ms() < until) {
		kill(pid, SIGKILL);
		poll(NULL, 0, 1);
	}
}

/* What the launcher of this one would have done, had it not been killed. */
static void end_orphan(int dir)
{
	static struct container c;

	container_init(&c);
	c.net.dir = dir;
	/* Without a state there is no process, but lent devices there may be. */
	if (load(&c, dir) == 0) {
		end_process(c.pid, c.start_time);
		cgroup_remove(&c.cgroup);
	}
	net_remove(&c.net);
}

/* 1: taken over from a launcher that is gone, 0: new; -1: reported. */
static int take_dir(struct container *c)
{
	int tries = 0;
	bool is_new;

	do {
		is_new = mkdirat(c->rundir, c->name, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return fail("cannot create the state directory of '%s'",
				    c->name);
		c->dir = open_locked(c->rundir, c->name);
		if (c->dir >= 0)
			return !is_new;
		/* New and yet locked or gone: somebody prunes just now. */
	} while ((is_new || errno == ENOENT) && tries++ < TAKE_TRIES);
	if (errno == EWOULDBLOCK)
		return failx(
			"cannot start '%s': a container of that name is running (--name)",
			c->name);
	return fail("cannot lock the state directory of '%s'", c->name);
}

int container_create(struct container *c, const struct spec *spec)
{
	static char buf[PATH_MAX]; /* touched only by a plain user */
	int taken;

	copy_text(c->name, sizeof(c->name), spec->name);
	c->rundir = open_rundir(c, rundir(spec, buf, sizeof(buf)));
	if (c->rundir < 0)
		return -1;
	taken = take_dir(c);
	c->net.dir = c->dir;
	if (taken > 0)
		end_orphan(c->dir);
	return taken < 0 ? -1 : 0;
}

void container_remove(struct container *c)
{
	if (c->dir >= 0)
		remove_files(c->rundir, c->name, c->dir);
	fd_close(&c->dir);
	fd_close(&c->rundir);
}

static void prune_one(int rundir, const char *name)
{
	autofd int dir = open_locked(rundir, name);

	if (dir < 0)
		return; /* its launcher lives, or it is gone */
	end_orphan(dir);
	remove_files(rundir, name, dir);
}

void container_prune(const struct container *c)
{
	const struct dirent *entry;
	DIR *list;
	int copy;

	if (!c->has_neighbours)
		return;
	copy = openat(c->rundir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = copy < 0 ? NULL : fdopendir(copy);
	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			prune_one(c->rundir, entry->d_name);
	if (list)
		closedir(list);
}
