/* node.c - device nodes that are put into a container, at its start or later */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"

enum { NODES_MAX = 16384 }; /* bytes of the file */

static char text[NODES_MAX];

int node_look(const char *source, struct node *node, mode_t *mode)
{
	struct stat st;

	if (stat(source, &st) < 0)
		return fail("cannot find the device '%s'", source);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return failx("cannot use '%s': it is no device", source);
	node->type = S_ISCHR(st.st_mode) ? 'c' : 'b';
	node->access = "rwm";
	node->major = major(st.st_rdev);
	node->minor = minor(st.st_rdev);
	*mode = st.st_mode;
	return 0;
}

/* "c 1 5 rwm /dev/foo" */
static bool parse(char *line, struct node *node)
{
	char *major_text = split_at(line, ' ');
	char *minor_text = major_text ? split_at(major_text, ' ') : NULL;
	char *access = minor_text ? split_at(minor_text, ' ') : NULL;
	char *path = access ? split_at(access, ' ') : NULL;
	uint64_t number[2];

	if (!path || parse_uint(major_text, UINT32_MAX, &number[0]) < 0 ||
	    parse_uint(minor_text, UINT32_MAX, &number[1]) < 0)
		return false;
	*node = (struct node){ line[0], (unsigned int)number[0],
			       (unsigned int)number[1], access, path };
	return true;
}

void node_each(int dir, void (*visit)(const struct node *node, void *arg),
	       void *arg)
{
	char *line = text, *rest;
	struct node node;

	if (read_file_at(dir, "nodes", text, sizeof(text)) < 0)
		return;
	for (; line; line = rest) {
		rest = split_at(line, '\n');
		if (parse(line, &node))
			visit(&node, arg);
	}
}

struct rewrite {
	const char *leave_out; /* a path; NULL: none */
	int file;
	bool found, failed;
	struct node node;
};

static void copy_line(const struct node *node, void *arg)
{
	struct rewrite *r = arg;

	if (r->leave_out && strcmp(node->path, r->leave_out) == 0) {
		r->found = true;
		r->node = *node;
		return;
	}
	if (dprintf(r->file, "%c %u %u %s %s\n", node->type, node->major,
		    node->minor, node->access, node->path) < 0)
		r->failed = true;
}

static void compare(const struct node *node, void *arg)
{
	struct rewrite *r = arg;

	r->found |= strcmp(node->path, r->leave_out) == 0;
}

/* All that are there but one, and perhaps new ones.  -1 with errno. */
static int rewrite(int dir, struct rewrite *r, const struct node *add,
		   size_t count)
{
	autofd int file =
		openat(dir, "nodes.new",
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	r->file = file;
	if (file < 0)
		return -1;
	node_each(dir, copy_line, r);
	while (count-- > 0)
		copy_line(add++, r);
	return r->failed ? -1 : renameat(dir, "nodes.new", dir, "nodes");
}

static dev_t device_of(const struct node *node)
{
	return makedev(node->major, node->minor);
}

/* The directory of path below root, made if it is missing. */
static int open_parent(int root, const char *path, const char **last)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	autofd int dir = -1;

	if (slash && slash > path &&
	    format(parent, sizeof(parent), "%.*s", (int)(slash - path), path) ==
		    0) {
		dir = path_make_dir_in(root, parent);
		if (dir < 0)
			return -1;
	}
	return path_open_parent_in(root, path, last);
}

int node_record(int dir, const struct node *nodes, size_t count)
{
	struct rewrite none = { .leave_out = NULL };

	unlinkat(dir, "nodes", 0);
	if (rewrite(dir, &none, nodes, count) < 0)
		return fail("cannot write down the devices (--device)");
	return 0;
}

/* The container's /dev is a mount of its own.  When it ends and that is gone
 * already, below the name is the root's own /dev, where what is made would stay,
 * and what is called so is not ours: ESRCH.  *path is moved on. */
static int open_base(int root, const char **path)
{
	autofd int dev = -1;
	struct stat ours, theirs;

	if (!starts_with(*path, "/dev/"))
		return fcntl(root, F_DUPFD_CLOEXEC, 0);
	dev = path_open_in(root, "/dev", O_PATH | O_DIRECTORY);
	if (dev < 0 || fstat(dev, &ours) < 0 || fstat(root, &theirs) < 0)
		return -1;
	if (ours.st_dev == theirs.st_dev) {
		errno = ESRCH;
		return -1;
	}
	*path += strlen("/dev");
	return fd_take(&dev);
}

int node_make(int root, const struct node *node, mode_t mode)
{
	const char *path = node->path, *last;
	autofd int base = open_base(root, &path);
	autofd int parent = base < 0 ? -1 : open_parent(base, path, &last);

	if (parent < 0)
		return -1;
	umask(0);
	return mknodat(parent, last, mode, device_of(node));
}

int node_add(int dir, int root, const struct node *node, mode_t mode)
{
	struct rewrite known = { .leave_out = node->path };
	struct rewrite keep = { .leave_out = NULL };
	struct rewrite back = { .leave_out = node->path };

	if (strchr(node->path, '\n'))
		return failx("cannot create '%s': bad name", node->path);
	node_each(dir, compare, &known);
	if (known.found)
		return failx("cannot create '%s': it was added already",
			     node->path);
	if (rewrite(dir, &keep, node, 1) < 0)
		return fail("cannot write down the device '%s'", node->path);
	if (node_make(root, node, mode) == 0)
		return 0;
	fail("cannot create '%s' in the container", node->path);
	rewrite(dir, &back, NULL, 0);
	return -1;
}

/* Only if it is what we made: a container may have put its own there. */
static int remove_node(int root, const struct node *node)
{
	const char *path = node->path, *last;
	autofd int base = open_base(root, &path);
	autofd int parent =
		base < 0 ? -1 : path_open_parent_in(base, path, &last);
	struct stat st;

	if (base < 0 && errno == ESRCH)
		return 0;
	if (parent < 0 || fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) ||
	    st.st_rdev != device_of(node))
		return 0;
	return unlinkat(parent, last, 0);
}

int node_remove(int dir, int root, const char *path, struct node *node)
{
	struct rewrite r = { .leave_out = path };

	if (rewrite(dir, &r, NULL, 0) < 0)
		return fail("cannot write down that '%s' goes", path);
	if (!r.found)
		return failx("cannot remove '%s': it was not added", path);
	*node = r.node;
	node->path = path;
	node->access = "";
	if (remove_node(root, node) < 0)
		return fail("cannot remove '%s' in the container", path);
	return 0;
}

static void remove_visited(const struct node *node, void *arg)
{
	/* What is called so in the root itself was there before. */
	if (starts_with(node->path, "/dev/"))
		return;
	if (remove_node(*(int *)arg, node) < 0)
		warn("cannot remove '%s' in the root", node->path);
}

void node_remove_all(int dir, const char *rootfs)
{
	autofd int root = -1;

	if (faccessat(dir, "nodes", F_OK, 0) < 0)
		return;
	root = openat(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		node_each(dir, remove_visited, &root);
	unlinkat(dir, "nodes", 0);
}
