/* dev.c - a /dev of our own on a tmpfs */
#include "dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "mount.h"

static const struct {
	const char *name;
	unsigned char major, minor;
} nodes[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "ptmx", "pts/ptmx" },          { "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },  { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static const struct {
	const char *name, *type, *data;
	unsigned long flags;
} mounts[] = {
	{ "pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5",
	  MS_NOSUID | MS_NOEXEC },
	{ "shm", "tmpfs", "mode=1777,size=64m",
	  MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
};

/* In a user namespace mknod(2) is refused; bind the host's. */
static int bind_node(int dir, const char *name)
{
	autofd int target = -1;
	autofd int node = -1;
	char path[32];

	snprintf(path, sizeof(path), "/dev/%s", name);
	node = mount_copy(AT_FDCWD, path, false);
	if (node < 0)
		return -1;
	target = path_make_file_in(dir, name);
	if (target < 0)
		return -1;
	return mount_attach(node, target, false);
}

static void make_nodes(int dir)
{
	for (size_t i = 0; i < COUNT(nodes); i++) {
		if (mknodat(dir, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major, nodes[i].minor)) == 0)
			continue;
		if (errno != EPERM || bind_node(dir, nodes[i].name) < 0)
			die("cannot create '/dev/%s'", nodes[i].name);
	}
}

static void make_links(int dir)
{
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlinkat(links[i].target, dir, links[i].name) < 0)
			die("cannot create '/dev/%s'", links[i].name);
}

/* Nobody is in group tty where only one group is mapped. */
static int mount_one(size_t i)
{
	const char *type = mounts[i].type, *name = mounts[i].name;

	if (mount(type, name, type, mounts[i].flags, mounts[i].data) == 0)
		return 0;
	if (errno != EINVAL || strcmp(type, "devpts") != 0)
		return -1;
	return mount(type, name, type, mounts[i].flags,
		     "newinstance,ptmxmode=0666,mode=0620");
}

/* mqueue is an option of the kernel that nobody misses, and in a user namespace
 * the host's is out of reach (--ipc host). */
static void make_mounts(int dir)
{
	if (fchdir(dir) < 0)
		die("cannot enter '/dev'");
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (mkdir(mounts[i].name, 0755) < 0)
			die("cannot create '/dev/%s'", mounts[i].name);
		if (mount_one(i) < 0 && errno != ENODEV && errno != EPERM)
			die("cannot mount '%s' on '/dev/%s'", mounts[i].type,
			    mounts[i].name);
	}
}

void dev_fill(int dir)
{
	make_nodes(dir);
	make_links(dir);
	make_mounts(dir);
}
