/* path.c - names below a root that strangers may have made
 *
 * openat2(2) does it since Linux 5.6.  For older kernels walk() takes one
 * component at a time, each opened O_PATH|O_NOFOLLOW, and expands symlinks by
 * itself: the path still to go lives in a buffer, ".." is a stack of fds that
 * never goes below root.
 */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fd.h"
#include "syscalls.h"

enum { LINKS_MAX = 40, DEPTH_MAX = 64 };

struct walk {
	char todo[PATH_MAX]; /* what is still to be resolved */
	int dirs[DEPTH_MAX]; /* where we are, and how we came; [0] is root */
	unsigned int depth, links;
};

static int error(int number)
{
	errno = number;
	return -1;
}

struct fd_name fd_name(int fd)
{
	struct fd_name name;

	snprintf(name.text, sizeof(name.text), "/proc/self/fd/%d", fd);
	return name;
}

/* Cut the first component off w->todo into name; 0 when there is none. */
static int next_component(struct walk *w, char name[NAME_MAX + 1])
{
	size_t from = strspn(w->todo, "/");
	size_t len = strcspn(w->todo + from, "/");

	if (len == 0)
		return 0;
	if (len > NAME_MAX)
		return error(ENAMETOOLONG);
	memcpy(name, w->todo + from, len);
	name[len] = '\0';
	memmove(w->todo, w->todo + from + len,
		strlen(w->todo + from + len) + 1);
	return 1;
}

static void leave(struct walk *w)
{
	if (w->depth > 0)
		close(w->dirs[w->depth--]);
}

/* Put the link's target in front of what is to be done. */
static int follow(struct walk *w, int link)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target));
	size_t rest = strlen(w->todo);

	if (len < 0)
		return -1;
	if (++w->links > LINKS_MAX)
		return error(ELOOP);
	if ((size_t)len + rest + 2 > sizeof(w->todo))
		return error(ENAMETOOLONG);
	memmove(w->todo + len + 1, w->todo, rest + 1);
	memcpy(w->todo, target, len);
	w->todo[len] = '/';
	while (target[0] == '/' && w->depth > 0)
		leave(w);
	return 0;
}

static int step(struct walk *w, const char *name, bool last, int flags)
{
	autofd int fd = -1;
	struct stat st;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		leave(w);
		return 0;
	}
	fd = openat(w->dirs[w->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode) && !(last && (flags & O_NOFOLLOW)))
		return follow(w, fd);
	if (w->depth + 1 == DEPTH_MAX)
		return error(ENAMETOOLONG);
	w->dirs[++w->depth] = fd_take(&fd);
	return 0;
}

/* The O_PATH fd we arrived at, turned into what was asked for. */
static int arrive(struct walk *w, int flags)
{
	int at = w->dirs[w->depth];
	struct stat st;

	if (!(flags & O_PATH))
		return openat(AT_FDCWD, fd_name(at).text,
			      (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	if ((flags & O_DIRECTORY) &&
	    (fstat(at, &st) < 0 || !S_ISDIR(st.st_mode)))
		return error(ENOTDIR);
	return fcntl(at, F_DUPFD_CLOEXEC, 3);
}

static int walk(int root, const char *path, int flags)
{
	struct walk w = { .dirs = { root } };
	char name[NAME_MAX + 1];
	int more, fd = -1;

	if (strlen(path) >= sizeof(w.todo))
		return error(ENAMETOOLONG);
	memcpy(w.todo, path, strlen(path) + 1);
	while ((more = next_component(&w, name)) > 0)
		if (step(&w, name, strspn(w.todo, "/") == strlen(w.todo),
			 flags) < 0) {
			more = -1;
			break;
		}
	if (more == 0)
		fd = arrive(&w, flags);
	while (w.depth > 0) {
		int saved = errno;

		leave(&w);
		errno = saved;
	}
	return fd;
}

int path_open_in(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	if (flags & O_CREAT)
		return error(EINVAL);
	fd = sys_openat2(root, *path ? path : ".", &how);
	/* EPERM: seccomp filters that are older than the call. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk(root, path, flags);
	return fd;
}

int path_open_parent_in(int root, const char *path, const char **last)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	*last = slash ? slash + 1 : path;
	if (!**last || strcmp(*last, ".") == 0 || strcmp(*last, "..") == 0)
		return error(EINVAL);
	if (len >= sizeof(dir))
		return error(ENAMETOOLONG);
	memcpy(dir, path, len);
	dir[len] = '\0';
	return path_open_in(root, len ? dir : "/", O_PATH | O_DIRECTORY);
}

/* Create each missing directory of the first len bytes of path. */
static int make_dirs(int root, const char *path, size_t len)
{
	char part[PATH_MAX];

	if (len >= sizeof(part))
		return error(ENAMETOOLONG);
	for (size_t i = 1; i <= len; i++) {
		autofd int parent = -1;
		const char *last;

		if ((i < len && path[i] != '/') || path[i - 1] == '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		parent = path_open_parent_in(root, part, &last);
		if (parent < 0 && errno == EINVAL)
			continue; /* "." or "..": nothing to create */
		if (parent < 0)
			return -1;
		if (mkdirat(parent, last, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

int path_make_dir_in(int root, const char *path)
{
	int fd = path_open_in(root, path, O_PATH);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (make_dirs(root, path, strlen(path)) < 0)
		return -1;
	return path_open_in(root, path, O_PATH | O_DIRECTORY);
}

int path_make_file_in(int root, const char *path)
{
	autofd int parent = -1;
	autofd int file = -1;
	const char *last = strrchr(path, '/');
	int fd = path_open_in(root, path, O_PATH);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (last && make_dirs(root, path, last - path) < 0)
		return -1;
	parent = path_open_parent_in(root, path, &last);
	if (parent < 0)
		return -1;
	/* O_EXCL does not follow: a dangling symlink is refused. */
	file = openat(parent, last, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
		      0644);
	if (file < 0)
		return -1;
	return path_open_in(root, path, O_PATH);
}
