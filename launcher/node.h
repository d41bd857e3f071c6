/* node.h - device nodes that are put into a container, at its start or later
 *
 *	RUNDIR/NAME/nodes	"TYPE MAJOR MINOR ACCESS PATH" for each, written
 *				down before it is made
 *
 * The caller holds the container's lock: see container.h.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct node {
	char type; /* 'c' or 'b' */
	unsigned int major, minor;
	const char *access; /* "rwm", or some of it */
	const char *path;   /* below the root */
};

/* Read what the host's node at source is, with *mode.  -1: reported. */
int node_look(const char *source, struct node *node, mode_t *mode);

/* Write down those that a start makes, and no others.  -1: reported. */
int node_record(int dir, const struct node *nodes, size_t count);

/* Make it below root, with directories on the way.  -1 with errno. */
int node_make(int root, const struct node *node, mode_t mode);

/* Write it down and make it; a file that is there already
 * is refused.  dir is the state directory.  -1: reported, and undone. */
int node_add(int dir, int root, const struct node *node, mode_t mode);

/* Remove the one at path, that was put there; *node says what it was, but for
 * its path.  It may be gone already.  -1: reported. */
int node_remove(int dir, int root, const char *path, struct node *node);

/* Visit all; node->path is valid only there. */
void node_each(int dir, void (*visit)(const struct node *node, void *arg),
	       void *arg);

/* The container has ended: what is left of them in its root directory.  /dev was
 * its own. */
void node_remove_all(int dir, const char *rootfs);
