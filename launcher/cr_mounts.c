/* cr_mounts.c - what is mounted in a container, and files that are only there */
#include "cr_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"

enum { MOUNTS_BYTES = 1 << 18, NAMES_BYTES = 1 << 20 };

/* A line of mountinfo(5). */
struct line {
	dev_t device;
	bool is_root; /* of its filesystem */
	char *target, *type;
	uint32_t flags;
};

/* "\040" as the kernel writes a blank. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] && text[3]) {
			*out++ = (char)((text[1] - '0') << 6 |
					(text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static uint32_t mount_flags(const char *options)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} words[] = {
		{ "ro", MS_RDONLY },
		{ "nosuid", MS_NOSUID },
		{ "nodev", MS_NODEV },
		{ "noexec", MS_NOEXEC },
	};
	uint32_t flags = 0;

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		for (size_t i = 0; i < COUNT(words); i++)
			if (starts_with(at, words[i].word) &&
			    strchr(",", at[strlen(words[i].word)]))
				flags |= words[i].flag;
	}
	return flags;
}

/* "36 35 98:0 /root /target ro,nosuid shared:1 - tmpfs source rw" */
static bool next_line(char **text, struct line *l)
{
	char *words[6], *rest = *text, *at;
	const char *device;
	uint64_t major, minor;

	if (!rest || !*rest)
		return false;
	*text = split_at(rest, '\n');
	for (size_t i = 0; i < COUNT(words); i++) {
		words[i] = rest;
		rest = rest ? split_at(rest, ' ') : NULL;
	}
	at = rest ? strstr(rest, "- ") : NULL;
	if (!at)
		return false;
	device = words[2];
	cr_scan(&device, 10, &major);
	device++;
	cr_scan(&device, 10, &minor);
	l->device = makedev((unsigned int)major, (unsigned int)minor);
	l->is_root = strcmp(words[3], "/") == 0;
	l->target = words[4];
	unescape(l->target);
	l->flags = mount_flags(words[5]);
	l->type = at + 2;
	split_at(l->type, ' ');
	return true;
}

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
static int dump_content(struct cr_image *image, const struct cr_mount *m,
			int top, dev_t device)
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

int cr_mounts_dump(struct cr_image *image, pid_t init)
{
	static char buf[MOUNTS_BYTES];
	char *text = buf, path[32];
	autofd int root = -1;
	struct line l;

	snprintf(path, sizeof(path), "/proc/%d/root", init);
	root = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || cr_proc_read(init, "mountinfo", buf, sizeof(buf)) < 0)
		return fail("cannot read the mounts of the container");
	while (next_line(&text, &l)) {
		size_t first = strlen(l.target) + 1,
		       second = strlen(l.type) + 1;
		struct cr_mount *m =
			cr_add(image, CR_MOUNT, sizeof(*m) + first + second);
		autofd int top = -1;

		m->flags = l.flags;
		memcpy(m->target, l.target, first);
		memcpy(m->target + first, l.type, second);
		if (!l.is_root || strcmp(l.type, "tmpfs") != 0)
			continue;
		top = path_open_in(root, l.target, O_RDONLY | O_DIRECTORY);
		if (top >= 0 && dump_content(image, m, top, l.device) < 0)
			return -1;
	}
	return 0;
}

/* What the next start did not mount by itself. */
static void mount_missing(const struct cr_mount *m)
{
	static const char *const plain[] = { "tmpfs", "proc", "sysfs",
					     "mqueue" };
	const char *type = m->target + strlen(m->target) + 1;

	for (size_t i = 0; i < COUNT(plain); i++)
		if (strcmp(type, plain[i]) == 0) {
			mkdir(m->target, 0755);
			if (mount(type, m->target, type, m->flags, NULL) < 0)
				die("cannot mount '%s' on '%s'", type,
				    m->target);
			return;
		}
	diex("cannot restore the mount of '%s' on '%s': it was made by the container",
	     type, m->target);
}

static bool is_mounted(const char *buf, size_t size, const struct cr_mount *m)
{
	static char copy[MOUNTS_BYTES];
	const char *type = m->target + strlen(m->target) + 1;
	char *text = copy;
	struct line l;

	memcpy(copy, buf, size);
	while (next_line(&text, &l))
		if (strcmp(l.target, m->target) == 0 &&
		    strcmp(l.type, type) == 0)
			return true;
	return false;
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
		ssize_t n = sendfile(fd, image->pages, &at, left);

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
static void fill(const struct cr_image *image, const struct cr_mount *m,
		 int top)
{
	const struct cr_entry *e;

	cr_each (e, image, m, CR_ENTRY, CR_STOP(CR_MOUNT)) {
		if (*e->path && make_entry(image, m, e, top) < 0)
			die("cannot restore '%s/%s'", m->target, e->path);
		if (fchownat(top, e->path, e->uid, e->gid,
			     AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
			die("cannot give '%s/%s' away", m->target, e->path);
		if (!S_ISLNK(e->mode))
			fchmodat(top, *e->path ? e->path : ".", e->mode & 07777,
				 0);
	}
	cr_each (e, image, m, CR_ENTRY, CR_STOP(CR_MOUNT)) {
		const struct timespec times[] = { { .tv_nsec = UTIME_OMIT },
						  { e->mtime_s, e->mtime_ns } };

		utimensat(top, *e->path ? e->path : ".", times,
			  AT_SYMLINK_NOFOLLOW);
	}
}

void cr_mounts_restore(const struct cr_image *image)
{
	static char buf[MOUNTS_BYTES];
	const struct cr_mount *m;
	ssize_t size = cr_proc_read(getpid(), "mountinfo", buf, sizeof(buf));

	if (size < 0)
		die("cannot read our mounts");
	cr_each (m, image, NULL, CR_MOUNT, 0) {
		autofd int top = -1;

		if (!is_mounted(buf, (size_t)size + 1, m))
			mount_missing(m);
		if (!cr_next(image, m, CR_ENTRY, CR_STOP(CR_MOUNT)))
			continue;
		top = openat(AT_FDCWD, m->target,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (top < 0)
			die("cannot open '%s'", m->target);
		fill(image, m, top);
	}
}
