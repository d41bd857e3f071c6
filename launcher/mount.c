/* mount.c - filesystems below the container's root, by descriptor
 *
 * A target is looked up once, below the root, and from then on named by its
 * fd: between look-up and mount, whoever owns the root could put a symlink in
 * its place.  A new filesystem is mounted on "." after fchdir(2), which costs
 * one call and needs no /proc on the host.
 */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "spec.h"

static const struct {
	unsigned long flag;
	uint64_t attr;
} attributes[] = {
	{ MS_RDONLY, MOUNT_ATTR_RDONLY },
	{ MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ MS_NODEV, MOUNT_ATTR_NODEV },
	{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
};

/* Before Linux 5.12: the remount of a bind sets its flags, all of them, and
 * those that an outer namespace locked must be repeated. */
static int remount(int mount_fd, unsigned long flags)
{
	return mount(NULL, fd_name(mount_fd).text, NULL,
		     MS_REMOUNT | MS_BIND | flags, NULL);
}

int mount_set_flags(int mount_fd, unsigned long flags, bool recursive)
{
	struct mount_attr attr = { 0 };

	for (size_t i = 0; i < COUNT(attributes); i++)
		if (flags & attributes[i].flag)
			attr.attr_set |= attributes[i].attr;
	if (attr.attr_set == 0)
		return 0;
	if (sys_mount_setattr(mount_fd, "",
			      AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
			      &attr) == 0)
		return 0;
	return errno == ENOSYS ? remount(mount_fd, flags) : -1;
}

int mount_copy(int dir, const char *path, bool recursive)
{
	const unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int fd = sys_open_tree(dir, path,
			       flags | (recursive ? AT_RECURSIVE : 0));

	/* What others have mounted below must not be uncovered in a user
	 * namespace. */
	if (fd < 0 && errno == EINVAL && !recursive)
		fd = sys_open_tree(dir, path, flags | AT_RECURSIVE);
	if (fd < 0 && errno == ENOSYS)
		fd = openat(dir, path, O_PATH | O_CLOEXEC);
	return fd;
}

int mount_attach(int mount_fd, int target, bool recursive)
{
	if (sys_move_mount(mount_fd, "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) ==
	    0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	return mount(fd_name(mount_fd).text, fd_name(target).text, NULL,
		     MS_BIND | (recursive ? MS_REC : 0), NULL);
}

int mount_new(const char *source, int target, const char *type,
	      unsigned long flags, const char *data)
{
	if (fchdir(target) < 0)
		return -1;
	return mount(source, ".", type, flags, data);
}

int mount_below(int root, const char *path, const char *type,
		unsigned long flags, const char *data)
{
	autofd int target = path_make_dir_in(root, path);

	return target < 0 ? -1 : mount_new(type, target, type, flags, data);
}

static bool is_bind(const struct mount_spec *m)
{
	return strcmp(m->type, "bind") == 0;
}

static bool can_be_missing(const struct mount_spec *m)
{
	return m->optional && (errno == ENOENT || errno == ENODEV);
}

void mount_open_sources(const struct mount_spec *mounts, size_t count,
			const int *opened, int *sources)
{
	for (size_t i = 0; i < count; i++) {
		const struct mount_spec *m = mounts + i;

		sources[i] = opened ? opened[i] : -1;
		if (!is_bind(m) || sources[i] >= 0)
			continue;
		sources[i] = mount_copy(AT_FDCWD, m->source, m->flags & MS_REC);
		if (sources[i] < 0 && !can_be_missing(m))
			die("cannot open '%s' (--volume)", m->source);
	}
}

static int open_target(int root, const struct mount_spec *m, int source)
{
	struct stat st = { .st_mode = S_IFDIR };

	if (!m->create)
		return path_open_in(root, m->target, O_PATH);
	if (source >= 0 && fstat(source, &st) < 0)
		return -1;
	if (m->create_file || !S_ISDIR(st.st_mode))
		return path_make_file_in(root, m->target);
	return path_make_dir_in(root, m->target);
}

/* move_mount(2) says EINVAL to a file on a directory, and to much else. */
static void tell_kinds_apart(int source, int target)
{
	struct stat from, to;

	if (errno == EINVAL && fstat(source, &from) == 0 &&
	    fstat(target, &to) == 0 &&
	    S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
		errno = S_ISDIR(to.st_mode) ? EISDIR : ENOTDIR;
}

/* Flags after the attachment: an old kernel has nothing to set before. */
static int bind(int root, const struct mount_spec *m, int source, int target)
{
	autofd int mounted = -1;

	if (mount_attach(source, target, m->flags & MS_REC) < 0) {
		tell_kinds_apart(source, target);
		return -1;
	}
	mounted = path_open_in(root, m->target, O_PATH);
	if (mounted < 0)
		return -1;
	return mount_set_flags(mounted, m->flags, true);
}

/* A file of LXC's mounts sysfs itself.  Linux refuses it where it is. */
static bool is_there_already(const struct mount_spec *m)
{
	return errno == EBUSY && strcmp(m->type, "sysfs") == 0;
}

static int mount_one(int root, const struct mount_spec *m, int source)
{
	autofd int target = open_target(root, m, source);

	if (target < 0)
		return -1;
	if (is_bind(m))
		return bind(root, m, source, target);
	if (mount_new(m->source, target, m->type, m->flags, m->data) < 0)
		return is_there_already(m) ? 0 : -1;
	return 0;
}

void mount_all(int root, const struct mount_spec *mounts, size_t count,
	       const int *sources)
{
	for (size_t i = 0; i < count; i++) {
		const struct mount_spec *m = mounts + i;

		if (is_bind(m) && sources[i] < 0)
			continue; /* optional, and missing */
		if (mount_one(root, m, sources[i]) < 0 && !can_be_missing(m))
			die("cannot mount '%s' on '%s'%s", m->source, m->target,
			    errno == ENOENT && !m->create
				    ? " (the option create makes it)"
				    : "");
	}
}
