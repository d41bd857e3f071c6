/* node.h - device nodes that are put into a container that runs
 *
 *	RUNDIR/NAME/nodes	"TYPE MAJOR MINOR PATH" for each, written down
 *				before it is made
 *
 * The caller holds the container's lock: see container.h.
 */
#pragma once

#include <sys/types.h>

struct node {
	char type; /* 'c' or 'b' */
	unsigned int major, minor;
	const char *path; /* below the root */
};

/* Read what the host's node at source is, with *mode.  -1: reported. */
int node_look(const char *source, struct node *node, mode_t *mode);

/* Make it below root, with directories on the way; a file that is there already
 * is refused.  dir is the state directory.  -1: reported, and undone. */
int node_add(int dir, int root, const struct node *node, mode_t mode);

/* Remove the one at path, that was put there; *node says what it was, but for
 * its path.  It may be gone already.  -1: reported. */
int node_remove(int dir, int root, const char *path, struct node *node);

/* Visit all; node->path is valid only there. */
void node_each(int dir, void (*visit)(const struct node *node, void *arg),
	       void *arg);

/* The container has ended: what is left of them in its root directory. */
void node_remove_all(int dir, const char *rootfs);
