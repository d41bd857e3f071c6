/* mask.c - what of /proc and /sys a container may not change, or not see
 *
 * All sources and targets are names in /proc, which is asked whether it is
 * ours: in the root's own directories a name could lead anywhere, and somebody
 * else may be at work in the same root (CVE-2025-31133, CVE-2025-52565).
 */
#include "mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"

/* A directory of /dev that is removed as soon as it covers the others: in what
 * is no longer there nothing can be made. */
#define EMPTY ".empty"

enum { PROC_ROOT_INODE = 1 };

enum treatment { READ_ONLY, HIDE_FILE, HIDE_DIR };

static const struct path {
	bool sys; /* below /sys, or below /proc */
	enum treatment treatment;
	const char *name;
} paths[] = {
	{ false, READ_ONLY, "sys" },
	{ false, READ_ONLY, "sysrq-trigger" },
	{ false, READ_ONLY, "irq" },
	{ false, READ_ONLY, "bus" },
	{ false, READ_ONLY, "fs" },
	{ false, HIDE_FILE, "kcore" },
	{ false, HIDE_FILE, "keys" },
	{ false, HIDE_FILE, "latency_stats" },
	{ false, HIDE_FILE, "timer_list" },
	{ false, HIDE_FILE, "timer_stats" },
	{ false, HIDE_FILE, "sched_debug" },
	{ false, HIDE_FILE, "interrupts" },
	{ false, HIDE_DIR, "acpi" },
	{ false, HIDE_DIR, "asound" },
	{ false, HIDE_DIR, "scsi" },
	{ true, HIDE_DIR, "firmware" },
	{ true, HIDE_DIR, "devices/virtual/powercap" },
};

static void check(int dir, const char *path, unsigned long magic)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(dir, &fs) < 0 || fstat(dir, &st) < 0)
		die("cannot look at '%s'", path);
	if ((unsigned long)fs.f_type != magic || st.st_ino != PROC_ROOT_INODE)
		diex("cannot protect '%s': somebody is changing the root",
		     path);
}

/* The flags are repeated: without them a remount would take them away. */
static int make_read_only(const char *target)
{
	const unsigned long flags =
		MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (mount(target, target, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	return mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

static int treat(const struct path *p, int sys, int dev)
{
	char target[64], source[64];

	if (p->sys)
		snprintf(target, sizeof(target), "self/fd/%d/%s", sys, p->name);
	else
		snprintf(target, sizeof(target), "%s", p->name);
	if (p->treatment == READ_ONLY)
		return make_read_only(target);
	snprintf(source, sizeof(source), "self/fd/%d/%s", dev,
		 p->treatment == HIDE_DIR ? EMPTY : "null");
	return mount(source, target, NULL, MS_BIND, NULL);
}

void mask_paths(int dev)
{
	autofd int proc = openat(AT_FDCWD, "/proc", O_DIRECTORY | O_CLOEXEC);
	autofd int sys = openat(AT_FDCWD, "/sys", O_DIRECTORY | O_CLOEXEC);

	if (proc < 0 || sys < 0 || fchdir(proc) < 0)
		die("cannot open '%s'", proc < 0 ? "/proc" : "/sys");
	check(proc, "/proc", PROC_SUPER_MAGIC);
	check(sys, "/sys", SYSFS_MAGIC);
	if (mkdirat(dev, EMPTY, 0) < 0)
		die("cannot create a directory in '/dev'");
	for (size_t i = 0; i < COUNT(paths); i++)
		/* Which of them there are depends on the kernel. */
		if (treat(paths + i, sys, dev) < 0 && errno != ENOENT)
			die("cannot protect '/%s/%s'",
			    paths[i].sys ? "sys" : "proc", paths[i].name);
	if (unlinkat(dev, EMPTY, AT_REMOVEDIR) < 0 || chdir("/") < 0)
		die("cannot leave '/proc'");
}
