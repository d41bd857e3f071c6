/* container.c - what is: the facts of one container, and their files */
#include "container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/text.h"
#include "container_prune.h"
#include "container_rundir.h"

enum { TAKE_TRIES = 3000 }; /* milliseconds */

void container_init(struct container *c)
{
	c->rundir = c->dir = c->pidfd = -1;
	c->pid = 0;
	c->start_time = 0;
	c->launcher = 0;
	c->launcher_start = 0;
	c->restarts = 0;
	c->rootfs = "";
	c->tty = c->loaded = c->has_neighbours = false;
	c->cgroup.count = c->cgroup.used = 0;
	c->cgroup.devices = NULL;
	c->net.nl.fd = c->net.dir = -1;
	c->net.count = 0;
	c->net.wanted = NULL;
	c->net.ports_taken = false;
	c->net.join = c->net.sysfs = -1;
	c->net.helper = 0;
	c->net.kinds = ~0U;
}

int container_lock_dir(int rundir, const char *name)
{
	autofd int dir =
		openat(rundir, name,
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

/* "PID START" */
static void load_launcher(struct container *c, char *value)
{
	char *start = split_at(value, ' ');
	uint64_t n;

	if (start && parse_uint(value, INT_MAX, &n) == 0 &&
	    parse_uint(start, UINT64_MAX, &c->launcher_start) == 0)
		c->launcher = (pid_t)n;
}

static void keep_rootfs(struct container *c, const char *path)
{
	copy_text(c->text, sizeof(c->text), path);
	c->rootfs = c->text;
}

int container_load(struct container *c)
{
	char state[LINES_MAX];
	char *text = state, *key, *value;
	uint64_t n;

	if (read_file_at(c->dir, "state", state, sizeof(state)) < 0)
		return -1;
	c->loaded = true;
	while (lines_next(&text, &key, &value)) {
		if (strcmp(key, "pid") == 0 &&
		    parse_uint(value, INT_MAX, &n) == 0)
			c->pid = (pid_t)n;
		else if (strcmp(key, "start") == 0)
			parse_uint(value, UINT64_MAX, &c->start_time);
		else if (strcmp(key, "launcher") == 0)
			load_launcher(c, value);
		else if (strcmp(key, "restarts") == 0 &&
			 parse_uint(value, UINT_MAX, &n) == 0)
			c->restarts = (unsigned int)n;
		else if (strcmp(key, "tty") == 0)
			c->tty = true;
		else if (strcmp(key, "rootfs") == 0)
			keep_rootfs(c, value);
		else if (cgroup_load(&c->cgroup, key, value) > 0)
			net_load(&c->net, key, value);
	}
	return 0;
}

static void list_facts(struct container *c, struct lines *lines)
{
	lines_add(lines, "pid", "%d", c->pid);
	lines_add(lines, "start", "%" PRIu64, c->start_time);
	if (c->launcher_start)
		lines_add(lines, "launcher", "%d %" PRIu64, c->launcher,
			  c->launcher_start);
	if (c->restarts)
		lines_add(lines, "restarts", "%u", c->restarts);
	if (c->tty)
		lines_add(lines, "tty", "yes");
	if (c->rootfs[0] && !strchr(c->rootfs, '\n'))
		lines_add(lines, "rootfs", "%s", c->rootfs);
	cgroup_save(&c->cgroup, lines);
	net_save(&c->net, lines);
}

/* Never seen half: a reader opens the old one or the new one. */
static int replace_file(int dir, const char *name, const struct lines *lines)
{
	char fresh[32];
	autofd int file = -1;

	if (format(fresh, sizeof(fresh), "%s.new", name) < 0)
		return -1;
	file = openat(dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	if (file < 0 || write_all(file, lines->bytes, lines->length) < 0)
		return -1;
	return renameat(dir, fresh, dir, name);
}

int container_save(struct container *c)
{
	static struct lines lines; /* 16 KiB that need no zeroes */

	lines.length = 0;
	lines.overflow = false;
	if (c->pid && !c->start_time)
		c->start_time = proc_start_time(c->pid);
	/* Not in a hurry any more: while the command runs already. */
	if (c->pid && !c->launcher_start) {
		c->launcher = getpid();
		c->launcher_start = proc_start_time(c->launcher);
	}
	list_facts(c, &lines);
	if (lines.overflow || replace_file(c->dir, "state", &lines) < 0)
		return fail("cannot write the state of '%s'", c->name);
	return 0;
}

int container_save_spec(struct container *c, const struct spec *spec)
{
	autofd int file =
		openat(c->dir, "spec.new",
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (file >= 0 && spec_print(spec, file) < 0)
		return -1;
	if (file < 0 || renameat(c->dir, "spec.new", c->dir, "spec") < 0)
		return fail("cannot write the spec of '%s'", c->name);
	return 0;
}

static bool is_of_net(const char *name)
{
	return strcmp(name, "netns") == 0 || starts_with(name, "lent.") ||
	       strcmp(name, "nat") == 0;
}

/* All but what net_lent.c and net_nat.c may still need to give back what the
 * container had of the host.  False: there was nothing. */
static bool remove_rest(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool removed = false;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && !is_of_net(entry->d_name))
			removed |= unlinkat(dir, entry->d_name, 0) == 0;
	if (list)
		closedir(list);
	return removed;
}

void container_remove_files(int rundir, const char *name, int dir)
{
	static const char *const files[] = { "state", "spec" };

	for (size_t i = 0; i < COUNT(files); i++)
		unlinkat(dir, files[i], 0);
	/* Again when it was empty and is not: "launch stop" holds no lock when it
	 * writes down its wish. */
	while (unlinkat(rundir, name, AT_REMOVEDIR) < 0 && errno != ENOENT &&
	       remove_rest(dir))
		;
}

int container_lock(int dir)
{
	struct stat st;

	for (;;) {
		autofd int file = openat(dir, "spec", O_RDONLY | O_CLOEXEC);

		if (file < 0 || flock(file, LOCK_EX) < 0 ||
		    fstat(file, &st) < 0)
			return -1;
		/* Else who had it has put another in its place, or taken it
		 * away. */
		if (st.st_nlink > 0)
			return fd_take(&file);
	}
}

/* Is the launcher that made it alive?  If not, who has the lock takes away what it
 * has left. */
static bool is_alive(const struct container *c)
{
	static struct container other; /* large */
	autofd int dir =
		openat(c->rundir, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	container_init(&other);
	other.dir = dir;
	return dir >= 0 && container_load(&other) == 0 &&
	       other.launcher_start &&
	       proc_start_time(other.launcher) == other.launcher_start;
}

/* 1: taken over from a launcher that is gone, 0: new; -1: reported.  What we have
 * made, or a launcher that was killed, others may hold for a moment, and take away:
 * who prunes. */
static int take_dir(struct container *c)
{
	bool is_new, made = false;
	int error, tries = 0;

	do {
		is_new = mkdirat(c->rundir, c->name, 0700) == 0;
		made |= is_new;
		if (!is_new && errno != EEXIST)
			return fail("cannot create the state directory of '%s'",
				    c->name);
		c->dir = container_lock_dir(c->rundir, c->name);
		if (c->dir >= 0)
			return !is_new;
		error = errno;
	} while ((made || error == ENOENT ||
		  (error == EWOULDBLOCK && !is_alive(c))) &&
		 tries++ < TAKE_TRIES && poll(NULL, 0, 1) == 0);
	errno = error;
	if (error == EWOULDBLOCK)
		return failx(
			"cannot start '%s': a container of that name is running (--name)",
			c->name);
	return fail("cannot lock the state directory of '%s'", c->name);
}

/* From a launcher that was killed; also its files are of no use. */
static void take_over(struct container *c)
{
	container_end_orphan(c->dir);
	remove_rest(c->dir);
}

/* Not of where we are, but as anybody can find it. */
static void name_rootfs(struct container *c, const char *path)
{
	size_t len;

	c->rootfs = path;
	if (path[0] == '/' || !getcwd(c->text, sizeof(c->text)))
		return;
	c->rootfs = c->text;
	len = strlen(c->text);
	format(c->text + len, sizeof(c->text) - len, "/%s", path);
}

int container_create(struct container *c, const struct spec *spec)
{
	int taken;

	copy_text(c->name, sizeof(c->name), spec->name);
	name_rootfs(c, spec->rootfs);
	if (container_make_rundir(c, spec->state_dir) < 0)
		return -1;
	taken = take_dir(c);
	c->net.dir = c->dir;
	if (taken > 0)
		take_over(c);
	return taken < 0 ? -1 : 0;
}

bool container_is_removed(const struct container *c)
{
	struct stat st;

	return fstat(c->dir, &st) == 0 && st.st_nlink == 0;
}

void container_remove(struct container *c)
{
	if (c->dir >= 0)
		container_remove_files(c->rundir, c->name, c->dir);
	fd_close(&c->dir);
	fd_close(&c->rundir);
}
