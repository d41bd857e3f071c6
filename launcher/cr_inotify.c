/* cr_inotify.c - what inotify descriptors watch, into an image and back */
#include "cr_inotify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_obstacle.h"
#include "cr_outside.h"
#include "cr_places.h"
#include "cr_proc.h"
#include "cr_seize.h"

enum { HANDLE_MAX = 128, WATCHES_MAX = 1 << 20 };

/* A line of fdinfo. */
struct watch {
	uint64_t wd, inode, device, mask, bytes, type;
	const char *handle; /* digits */
};

/* "inotify wd:1 ino:afb209 sdev:fe00000 mask:fff ignored_mask:0
 * fhandle-bytes:8 fhandle-type:1 f_handle:09b2af008ae2f25d" */
static bool parse_watch(const char *at, struct watch *w)
{
	static const char *const keys[] = {
		" wd:",   " ino:",           " sdev:",
		" mask:", " fhandle-bytes:", " fhandle-type:"
	};
	uint64_t *const values[] = { &w->wd,   &w->inode, &w->device,
				     &w->mask, &w->bytes, &w->type };

	for (size_t i = 0; i < COUNT(keys); i++) {
		at = strstr(at, keys[i]);
		if (!at)
			return false;
		at += strlen(keys[i]);
		if (!cr_scan(&at, 16, values[i]))
			return false;
	}
	w->handle = strstr(at, " f_handle:");
	if (!w->handle)
		return false;
	w->handle += strlen(" f_handle:");
	return w->bytes <= HANDLE_MAX;
}

/* An fd of the file, by any mount of its filesystem; -1: there is none. */
static int open_handle(const struct cr_open *o, const struct watch *w)
{
	struct {
		struct file_handle head;
		unsigned char bytes[HANDLE_MAX];
	} handle = { .head = { .handle_bytes = (unsigned int)w->bytes,
			       .handle_type = (int)w->type } };
	autofd int mount = -1;

	for (size_t i = 0; i < w->bytes; i++) {
		const char digits[] = { w->handle[2 * i], w->handle[2 * i + 1],
					'\0' };
		const char *at = digits;
		uint64_t byte;

		if (!cr_scan(&at, 16, &byte))
			return -1;
		handle.bytes[i] = (unsigned char)byte;
	}
	/* As the kernel keeps it to itself. */
	mount = cr_outside_open_mount(o->p->pid, makedev(w->device >> 20,
							 w->device & 0xfffff));
	if (mount < 0)
		return -1;
	return open_by_handle_at(mount, &handle.head, O_PATH | O_CLOEXEC);
}

/* The name that a file has in the container; -1: none. */
static int find_name(const struct cr_open *o, const struct watch *w, char *path,
		     size_t size)
{
	autofd int fd = open_handle(o, w);
	char link[32], theirs[PATH_MAX + 32];
	struct stat st;

	snprintf(link, sizeof(link), "fd/%d", fd);
	if (fd < 0 || cr_proc_link(getpid(), link, path, size) < 0 ||
	    format(theirs, sizeof(theirs), "/proc/%d/root%s", o->p->pid, path) <
		    0 ||
	    lstat(theirs, &st) < 0)
		return -1;
	/* Where the kernel has lost the name it makes one up. */
	return path[0] == '/' && st.st_ino == w->inode ? 0 : -1;
}

static int add_watch(struct cr_image *image, const struct cr_open *o,
		     uint32_t number, const struct watch *w)
{
	struct cr_watch *record;
	char path[PATH_MAX];

	if (find_name(o, w, path, sizeof(path)) < 0)
		return cr_obstacle(
			       o->p,
			       "fd %d watches a file that cannot be found (inode %llu)",
			       o->fd, (unsigned long long)w->inode) < 0
			       ? -1
			       : 1;
	record = cr_add(image, CR_WATCH, sizeof(*record) + strlen(path) + 1);
	record->file = number;
	record->wd = (int32_t)w->wd;
	record->mask = (uint32_t)w->mask;
	memcpy(record->path, path, strlen(path) + 1);
	return 0;
}

int cr_inotify_dump(struct cr_image *image, const struct cr_open *o,
		    uint32_t number)
{
	const char *at = o->info;
	autofd int fd = cr_open_copy(o);
	int unread = 0, result = 0;
	struct watch w;

	if (fd >= 0 && ioctl(fd, FIONREAD, &unread) == 0 && unread)
		return cr_obstacle(o->p, "fd %d has events that are not read",
				   o->fd) < 0
			       ? -1
			       : 1;
	while (result == 0 && (at = strstr(at, "inotify wd:"))) {
		if (!parse_watch(at, &w))
			return fail("cannot read what fd %d of process %d "
				    "watches",
				    o->fd, o->p->inner);
		result = add_watch(image, o, number, &w);
		at += strlen("inotify");
	}
	return result;
}

/* The lowest one above that. */
static const struct cr_watch *next_watch(const struct cr_image *image,
					 uint32_t number, int32_t above)
{
	const struct cr_watch *w, *found = NULL;

	cr_each (w, image, NULL, CR_WATCH, 0)
		if (w->file == number && w->wd > above &&
		    (!found || w->wd < found->wd))
			found = w;
	return found;
}

/* Numbers count up: what comes too early is removed. */
static void watch(int fd, const struct cr_watch *w)
{
	int wd;

	while ((wd = inotify_add_watch(fd, w->path, w->mask)) < w->wd)
		if (wd < 0 || w->wd > WATCHES_MAX ||
		    inotify_rm_watch(fd, wd) < 0)
			die("cannot watch '%s' again", w->path);
	if (wd != w->wd)
		diex("cannot watch '%s' again: its number is taken", w->path);
}

int cr_inotify_open(const struct cr_image *image, uint32_t number, int flags)
{
	const struct cr_watch *w = NULL;
	int fd = inotify_init1(IN_NONBLOCK);
	char events[4096];

	if (fd < 0)
		die("cannot make an inotify");
	while ((w = next_watch(image, number, w ? w->wd : 0)))
		watch(fd, w);
	/* That of removals. */
	while (read(fd, events, sizeof(events)) > 0)
		;
	cr_set_flags(fd, (uint32_t)flags);
	return fd;
}
