/* cr_tmpfs.c - files that are only in memory, into an image and back */
#include "cr_tmpfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_store.h"

enum { NAMES_BYTES = 1 << 20 };

static void *add_entry(struct cr_image *image, const struct stat *st,
		       const char *path, const char *link)
{
	size_t first = strlen(path) + 1, second = strlen(link) + 1;
	struct cr_entry *e =
		cr_add(image, CR_ENTRY, sizeof(*e) + first + second);

	e->mode = st->st_mode;
	e->uid = st->st_uid;
	e->gid = st->st_gid;
	e->links = (uint32_t)st->st_nlink;
	e->rdev = st->st_rdev;
	e->inode = st->st_ino;
	e->size = (uint64_t)st->st_size;
	e->mtime_s = st->st_mtim.tv_sec;
	e->mtime_ns = st->st_mtim.tv_nsec;
	memcpy(e->path, path, first);
	memcpy(e->path + first, link, second);
	return e;
}

static int save_content(struct cr_image *image, struct cr_entry *e, int dir,
			const char *name)
{
	autofd int fd = openat(dir, name,
			       O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int64_t offset = fd < 0 ? -1 : cr_write_file(image, fd, e->size);

	if (offset < 0)
		return fail("cannot save '%s'", e->path);
	e->offset = (uint64_t)offset;
	return 0;
}

/* Sockets are made by who listens on them. */
static int add_file(struct cr_image *image, int dir, const char *name,
		    const char *path, dev_t device)
{
	char link[PATH_MAX] = "";
	struct cr_entry *e;
	struct stat st;
	ssize_t n;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail("cannot look at '%s'", path);
	if (st.st_dev != device || S_ISSOCK(st.st_mode))
		return 0; /* something is mounted there */
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, name, link, sizeof(link) - 1);
		if (n < 0)
			return fail("cannot look at '%s'", path);
		link[n] = '\0';
	}
	e = add_entry(image, &st, path, link);
	return S_ISREG(st.st_mode) ? save_content(image, e, dir, name) : 0;
}

/* The names, one behind the other; how many bytes, or -1. */
static ssize_t read_names(int fd, char *names, size_t size)
{
	DIR *list = fdopendir(fd);
	const struct dirent *entry;
	size_t used = 1; /* a NUL before the first */

	names[0] = '\0';
	while (list && (entry = readdir(list))) {
		size_t len = strlen(entry->d_name) + 1;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (len > size - used) {
			errno = EFBIG;
			closedir(list);
			return -1;
		}
		memcpy(names + used, entry->d_name, len);
		used += len;
	}
	if (!list)
		return -1;
	closedir(list);
	return (ssize_t)used;
}

/* From the last to the first: a tmpfs lists the youngest first, and made in this
 * order they are listed as they were. */
static int list_dir(struct cr_image *image, int top, const char *path,
		    dev_t device)
{
	static char names[NAMES_BYTES];
	autofd int dir =
		openat(top, *path ? path : ".",
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[PATH_MAX];
	ssize_t used =
		dir < 0 ? -1 : read_names(dup(dir), names, sizeof(names));

	if (used < 0)
		return fail("cannot list '%s'", path);
	while (used > 1) {
		const char *last;

		used--;
		while (used > 1 && names[used - 1])
			used--;
		last = names + used;
		if (format(name, sizeof(name), "%s%s%s", path, *path ? "/" : "",
			   last) < 0)
			return fail("cannot save '%s/%s'", path, last);
		if (add_file(image, dir, last, name, device) < 0)
			return -1;
	}
	return 0;
}

/* Whom it has found already says what is still to be looked into. */
int cr_tmpfs_dump(struct cr_image *image, const struct cr_mount *m, int top,
		  dev_t device)
{
	const struct cr_entry *e;
	struct stat st;

	if (fstat(top, &st) < 0)
		return fail("cannot look at '%s'", m->target);
	if (st.st_dev != device)
		return 0; /* something else is mounted on it */
	add_entry(image, &st, "", "");
	cr_each (e, image, m, CR_ENTRY, CR_STOP(CR_MOUNT))
		if (S_ISDIR(e->mode) &&
		    list_dir(image, top, e->path, device) < 0)
			return -1;
	return 0;
}

static const struct cr_entry *first_name(const struct cr_image *image,
					 const struct cr_mount *m,
					 const struct cr_entry *e)
{
	const struct cr_entry *o;

	cr_each (o, image, m, CR_ENTRY, CR_STOP(CR_MOUNT)) {
		if (o == e)
			break;
		if (o->inode == e->inode && S_ISREG(o->mode))
			return o;
	}
	return NULL;
}

static int write_content(const struct cr_image *image, const struct cr_entry *e,
			 int top)
{
	autofd int fd =
		openat(top, e->path,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		       0600);
	off_t at = (off_t)e->offset;
	uint64_t left = e->size;

	if (fd < 0)
		return -1;
	while (left > 0) {
		ssize_t n = sendfile(fd, image->pages[0], &at, left);

		if (n <= 0)
			return -1;
		left -= (uint64_t)n;
	}
	return 0;
}

static int make_entry(const struct cr_image *image, const struct cr_mount *m,
		      const struct cr_entry *e, int top)
{
	const struct cr_entry *other = e->links > 1 && S_ISREG(e->mode)
					       ? first_name(image, m, e)
					       : NULL;

	if (other)
		return linkat(top, other->path, top, e->path, 0) < 0 &&
				       errno != EEXIST
			       ? -1
			       : 0;
	if (S_ISREG(e->mode))
		return write_content(image, e, top);
	if (S_ISDIR(e->mode)) {
		if (mkdirat(top, e->path, 0700) == 0 || errno == EEXIST)
			return 0;
		return -1;
	}
	if (S_ISLNK(e->mode)) {
		if (symlinkat(e->path + strlen(e->path) + 1, top, e->path) ==
			    0 ||
		    errno == EEXIST)
			return 0;
		return -1;
	}
	return mknodat(top, e->path, e->mode, e->rdev) == 0 || errno == EEXIST
		       ? 0
		       : -1;
}

/* The times last: what is made in a directory changes its own. */
void cr_tmpfs_fill(const struct cr_image *image, const struct cr_mount *m,
		   int top)
{
	const struct cr_entry *e;

	cr_each (e, image, m, CR_ENTRY, CR_STOP(CR_MOUNT)) {
		if (*e->path && make_entry(image, m, e, top) < 0)
			die("cannot restore '%s/%s'", m->target, e->path);
		if (fchownat(top, e->path, e->uid, e->gid,
			     AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0 ||
		    (!S_ISLNK(e->mode) &&
		     fchmodat(top, *e->path ? e->path : ".", e->mode & 07777,
			      0) < 0))
			die("cannot give '%s/%s' away", m->target, e->path);
	}
	cr_each (e, image, m, CR_ENTRY, CR_STOP(CR_MOUNT)) {
		const struct timespec times[] = { { .tv_nsec = UTIME_OMIT },
						  { e->mtime_s, e->mtime_ns } };

		utimensat(top, *e->path ? e->path : ".", times,
			  AT_SYMLINK_NOFOLLOW);
	}
}
