/* rootfs.c - make a directory the root, and let go of everything else
 *
 * pivot_root(2) swaps the mount we stand on with the one that is / and leaves
 * the old one on top of it, to be detached.  It wants a / that is itself
 * attached to something, which the kernel's first root, an initramfs, is not:
 * that one can never be left, so there the new root is moved on top of it.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "mount.h"

static int open_dir(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open rootfs '%s'", path);
	return fd;
}

void rootfs_stop_propagation(void)
{
	/* Slave, not private: unmounts on the host must reach us, or a
	 * removable disk stays busy for as long as the container runs. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		die("cannot make the host's mounts slaves");
}

int rootfs_open(const char *path, int tree)
{
	autofd int copy =
		tree >= 0 ? tree
			  : sys_open_tree(AT_FDCWD, path,
					  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						  AT_RECURSIVE);

	if (copy < 0 && errno == ENOSYS) { /* Before Linux 5.2. */
		if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
			die("cannot bind rootfs '%s'", path);
		return open_dir(path);
	}
	if (copy < 0 ||
	    sys_move_mount(copy, "", AT_FDCWD, path,
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0)
		die("cannot bind rootfs '%s'", path);
	return fd_take(&copy);
}

/* A tmpfs over the root holds all that overlayfs wants, under names relative
 * to it: no colon or comma of the root's own path can confuse the options. */
int rootfs_cover(const char *path, int tree, const char *data)
{
	/* Not recursive: overlayfs looks at one filesystem anyway. */
	int lower = tree >= 0 ? tree : mount_copy(AT_FDCWD, path, false);

	if (lower < 0)
		die("cannot open rootfs '%s'", path);
	if (mount("tmpfs", path, "tmpfs", MS_NODEV, data) < 0 ||
	    chdir(path) < 0)
		die("cannot mount a tmpfs for '%s' (--ephemeral)", path);
	return lower;
}

int rootfs_open_ephemeral(const char *path, int lower, bool user_namespace)
{
	static const char *const dirs[] = { "lower", "upper", "work", "root" };
	/* Of the two kinds of attributes for what covers what is below, a user
	 * namespace may set the one that is for users. */
	const char *options =
		user_namespace
			? "lowerdir=lower,upperdir=upper,workdir=work,userxattr"
			: "lowerdir=lower,upperdir=upper,workdir=work";
	autofd int below = lower;
	autofd int at = -1;

	for (size_t i = 0; i < COUNT(dirs); i++)
		if (mkdir(dirs[i], 0755) < 0)
			die("cannot create '%s' (--ephemeral)", dirs[i]);
	at = open_dir("lower");
	if (mount_attach(below, at, false) < 0 ||
	    mount("overlay", "root", "overlay", 0, options) < 0)
		die("cannot mount an overlay on '%s' (--ephemeral)", path);
	return open_dir("root");
}

static int pivot(void)
{
	if (sys_pivot_root(".", ".") < 0)
		return -1;
	/* "." is now the new root, with the old one mounted on it. */
	return umount2(".", MNT_DETACH);
}

/* On top of the initramfs: what is below can be neither named nor unmounted
 * without CAP_SYS_ADMIN.  ELOOP: the root was / itself, and lies there already. */
static int cover(int root)
{
	if (sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) <
		    0 &&
	    errno != ELOOP)
		return -1;
	return chroot(".");
}

void rootfs_enter(int root)
{
	if (fchdir(root) < 0 ||
	    (pivot() < 0 && (errno != EINVAL || cover(root) < 0)) ||
	    chdir("/") < 0)
		die("cannot make the rootfs the root");
}
