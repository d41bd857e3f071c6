/* image.c - a root that is a file: an image of a filesystem, or an archive */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/loop.h>

#include "archive.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"

enum { LOOP_TRIES = 64 };

/* By what they begin with. */
static const struct kind {
	const char *type; /* of filesystem; NULL: an archive */
	off_t at;
	const char *magic;
	size_t length;
} kinds[] = {
	{ "squashfs", 0, "hsqs", 4 },
	{ "erofs", 1024, "\xe2\xe1\xf5\xe0", 4 },
	{ "ext4", 1024 + 56, "\x53\xef", 2 },
	{ NULL, 257, "ustar", 5 },
	{ NULL, 0, "\x1f\x8b", 2 }, /* gzip */
	{ NULL, 0,
	  "\xfd"
	  "7zXZ",
	  5 },                              /* xz */
	{ NULL, 0, "\x28\xb5\x2f\xfd", 4 }, /* zstd */
	{ NULL, 0, "BZh", 3 },              /* bzip2 */
};

static const struct kind *kind_of(int file)
{
	for (const struct kind *k = kinds; k < kinds + COUNT(kinds); k++) {
		char bytes[8];

		if (pread(file, bytes, k->length, k->at) ==
			    (ssize_t)k->length &&
		    memcmp(bytes, k->magic, k->length) == 0)
			return k;
	}
	return NULL;
}

bool image_is_known(int fd)
{
	return kind_of(fd) != NULL;
}

/* Before Linux 5.8 in two steps. */
static int set_loop(int loop, int file, uint32_t flags)
{
	struct loop_config config = { .fd = (uint32_t)file,
				      .info = { .lo_flags = flags } };

	if (ioctl(loop, LOOP_CONFIGURE, &config) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOTTY)
		return -1;
	if (ioctl(loop, LOOP_SET_FD, file) < 0)
		return -1;
	if (ioctl(loop, LOOP_SET_STATUS64, &config.info) == 0)
		return 0;
	ioctl(loop, LOOP_CLR_FD, 0);
	return -1;
}

/* A free one may be somebody else's by the time we have it.  Returns the open
 * device, its name in path; it is free again when the last user is gone. */
static int open_loop(int file, bool writing, char *path, size_t size)
{
	autofd int control =
		openat(AT_FDCWD, "/dev/loop-control", O_RDWR | O_CLOEXEC);
	const uint32_t flags =
		LO_FLAGS_AUTOCLEAR | (writing ? 0 : LO_FLAGS_READ_ONLY);

	for (int i = 0; control >= 0 && i < LOOP_TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		autofd int loop = -1;

		if (number < 0)
			return -1;
		format(path, size, "/dev/loop%d", number);
		loop = openat(AT_FDCWD, path,
			      (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC);
		if (loop < 0)
			return -1;
		if (set_loop(loop, file, flags) == 0)
			return fd_take(&loop);
		if (errno != EBUSY)
			return -1;
	}
	return -1;
}

static int mount_device(const struct kind *kind, const char *device,
			bool writing)
{
	autofd int fs = sys_fsopen(kind->type, FSOPEN_CLOEXEC);

	if (fs < 0 ||
	    sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", device, 0) < 0)
		return -1;
	/* Nobody may write, so nobody may finish what a crash has left. */
	if (!writing && strcmp(kind->type, "ext4") == 0 &&
	    sys_fsconfig(fs, FSCONFIG_SET_FLAG, "noload", NULL, 0) < 0)
		return -1;
	/* What its maker has set may be to panic. */
	if (strcmp(kind->type, "ext4") == 0 &&
	    sys_fsconfig(fs, FSCONFIG_SET_STRING, "errors", "remount-ro", 0) <
		    0)
		return -1;
	if (!writing && sys_fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return sys_fsmount(fs, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_NODEV |
				   (writing ? 0 : MOUNT_ATTR_RDONLY));
}

static int open_filesystem(const struct kind *kind, const struct spec *spec,
			   int file)
{
	char device[32] = "/dev/loop-control";
	autofd int loop = -1;
	int tree;

	if (spec->rw && strcmp(kind->type, "ext4") != 0)
		return failx("cannot write into '%s': it is %s (--rw)",
			     spec->rootfs, kind->type);
	/* The loop device holds the file, and with it the lock. */
	if (flock(file, (spec->rw ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0)
		return failx(
			"cannot use '%s': another container writes into it, or would lose what it reads (--rw)",
			spec->rootfs);
	loop = open_loop(file, spec->rw, device, sizeof(device));
	if (loop < 0)
		return fail("cannot make '%s' a device of '%s'", spec->rootfs,
			    device);
	tree = mount_device(kind, device, spec->rw);
	if (tree < 0)
		return fail("cannot mount '%s' (%s)%s", spec->rootfs,
			    kind->type,
			    errno == ENODEV
				    ? ": this kernel has no such filesystem"
				    : "");
	return tree;
}

/* The directory by name: what it is in this mount namespace is nothing to the
 * child's. */
static int name_place(struct image *image, int dir)
{
	char self[32];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
	n = readlink(self, image->at, sizeof(image->at) - 1);
	if (n < 0)
		return fail("cannot find the state directory");
	image->at[n] = '\0';
	return 0;
}

int image_open(struct image *image, const struct spec *spec, int dir)
{
	autofd int file = -1;
	const struct kind *kind;

	image->tree = -1;
	if (!image->wanted)
		return 0;
	if (geteuid() != 0)
		return failx(
			"cannot use '%s' as root: an image needs root, a directory does not",
			spec->rootfs);
	if (spec->rw && (spec->read_only || spec->ephemeral))
		return failx("cannot both write into '%s' and not (--rw, --%s)",
			     spec->rootfs,
			     spec->read_only ? "read-only" : "ephemeral");
	file = openat(AT_FDCWD, spec->rootfs,
		      (spec->rw ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	kind = file < 0 ? NULL : kind_of(file);
	if (!kind)
		return fail("cannot open rootfs '%s'", spec->rootfs);
	if (name_place(image, dir) < 0)
		return -1;
	if (!kind->type) {
		if (spec->rw)
			return failx(
				"cannot write into '%s': it is an archive (--rw)",
				spec->rootfs);
		image->tree = archive_unpack(spec, file);
		return image->tree < 0 ? -1 : 0;
	}
	image->tree = open_filesystem(kind, spec, file);
	image->covered = !spec->read_only && !spec->rw;
	return image->tree < 0 ? -1 : 0;
}

void image_close(struct image *image)
{
	fd_close(&image->tree);
}
