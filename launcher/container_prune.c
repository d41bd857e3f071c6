/* container_prune.c - clear away what killed launchers left behind */
#include "container_prune.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cgroup_control.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/syscalls.h"
#include "container.h"
#include "node.h"

enum { PATIENCE_MS = 2000 };

/* The start time tells the process from a stranger that got its pid later. */
static void end_process(pid_t pid, uint64_t started)
{
	int64_t until = now_ms() + PATIENCE_MS;
	autofd int pidfd = proc_open(pid, started);

	if (pid <= 0 || !started)
		return;
	while (proc_start_time(pid) == started && now_ms() < until) {
		if (pidfd < 0)
			kill(pid, SIGKILL);
		else
			sys_pidfd_send_signal(pidfd, SIGKILL);
		poll(NULL, 0, 1);
	}
}

void container_end_orphan(int dir)
{
	static struct container c;

	container_init(&c);
	c.dir = c.net.dir = dir;
	/* Without a state there is no process, but lent devices there may be. */
	if (container_load(&c) == 0) {
		/* A frozen one would not die. */
		cgroup_set_frozen(&c.cgroup, false);
		end_process(c.pid, c.start_time);
		cgroup_remove(&c.cgroup);
		node_remove_all(dir, c.rootfs);
	}
	net_remove(&c.net);
}

bool container_prune_one(int rundir, const char *name)
{
	autofd int dir = container_lock_dir(rundir, name);
	int lock;

	if (dir < 0)
		return false; /* its launcher lives, or it is gone */
	lock = container_lock(dir);
	container_end_orphan(dir);
	container_remove_files(rundir, name, dir);
	fd_close(&lock);
	return true;
}

void container_prune(const struct container *c, void (*told)(const char *name))
{
	const struct dirent *entry;
	DIR *list;
	int copy;

	if (!c->has_neighbours)
		return;
	copy = openat(c->rundir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = copy < 0 ? NULL : fdopendir(copy);
	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' &&
		    container_prune_one(c->rundir, entry->d_name) && told)
			told(entry->d_name);
	if (list)
		closedir(list);
}
