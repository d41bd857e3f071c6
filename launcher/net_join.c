/* net_join.c - the network of another container, process or file
 *
 * It is opened by the launcher, before anything exists, and entered by the
 * child.  Nothing in it is ours: nothing is configured, nothing taken away.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/mount.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "net_kind.h"

enum {
	STATE_MAX = 128,
	SYSFS_ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
			   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
};

static int open_process(uint64_t pid)
{
	char path[40];
	int fd;

	if (format(path, sizeof(path), "/proc/%" PRIu64 "/ns/net", pid) < 0)
		return -1;
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errno = ESRCH;
	return fd;
}

/* The first process of another container, from its state beside ours.  A pid is
 * believed only with the time of its start. */
static int open_container(struct net *net, const char *name)
{
	static char text[LINES_MAX];
	char path[STATE_MAX], *rest = text, *key, *value;
	uint64_t pid = 0, start = 0;
	int fd;

	if (format(path, sizeof(path), "../%s/state", name) < 0 ||
	    read_file_at(net->dir, path, text, sizeof(text)) < 0)
		return -1;
	while (lines_next(&rest, &key, &value))
		if (strcmp(key, "pid") == 0)
			parse_uint(value, INT32_MAX, &pid);
		else if (strcmp(key, "start") == 0)
			parse_uint(value, UINT64_MAX, &start);
	fd = pid ? open_process(pid) : -1;
	if (fd >= 0 && proc_start_time((pid_t)pid) == start)
		return fd;
	fd_close(&fd);
	errno = ESRCH;
	return -1;
}

static int open_target(struct net *net, const char *target)
{
	uint64_t pid;

	if (strchr(target, '/'))
		return openat(AT_FDCWD, target, O_RDONLY | O_CLOEXEC);
	if (!starts_with(target, "pid:"))
		return open_container(net, target);
	if (parse_uint(target + strlen("pid:"), INT32_MAX, &pid) < 0)
		return -1;
	return open_process(pid);
}

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	struct statfs fs;

	(void)link;
	fd_close(&net->join);
	if (getauxval(AT_EUID) != 0)
		return failx("cannot use --net join: it needs root");
	net->join = open_target(net, spec->link);
	if (net->join < 0)
		return fail("cannot join the network of '%s'%s", spec->link,
			    errno == ENOENT || errno == EINVAL
				    ? " (join:NAME, join:pid:PID or join:/FILE)"
				    : "");
	if (fstatfs(net->join, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return failx("cannot join '%s': it is no network namespace",
			     spec->link);
	return 0;
}

int net_enter(struct net *net)
{
	if (net->join < 0)
		return 0;
	if (setns(net->join, CLONE_NEWNET) < 0)
		return fail("cannot join the network '%s'",
			    net->wanted->nets[0].link);
	fd_close(&net->join);
	return 0;
}

int net_visit(struct net *net, int *home)
{
	autofd int own = -1;

	*home = -1;
	if (net->join < 0)
		return 0;
	own = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return fail("cannot open '/proc/self/ns/net' (--net join)");
	if (net_enter(net) < 0)
		return -1;
	/* Before Linux 5.2 the child shows the host's. */
	net->sysfs = sys_mount_nowhere("sysfs", SYSFS_ATTRIBUTES);
	*home = fd_take(&own);
	return 0;
}

void net_leave(const struct net *net, int home)
{
	if (home < 0)
		return;
	if (setns(home, CLONE_NEWNET) < 0)
		die("cannot return to our own network (--net join)");
	close(home);
	/* Its number is still the child's, who reads it in our memory. */
	if (net->sysfs >= 0)
		close(net->sysfs);
}

const struct net_maker net_join = {
	.name = "join",
	.check = check,
};
