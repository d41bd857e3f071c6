/* idmap.h - the host's files with the ids that a user namespace has for them
 *
 * Nothing is chowned: the mount translates, since Linux 5.12.  Only root may,
 * and only while the mount is nowhere yet.
 *
 *	launcher			child
 *	idmap_open()
 *	clone ------------------------>	has the same descriptors
 *	idmap_apply(), idmap_close()
 *	GO --------------------------->	attaches them
 */
#pragma once

#include <sys/types.h>

#include "spec.h"

struct userns;

struct idmap {
	int root; /* trees; -1: the child opens it itself */
	int sources[SPEC_MOUNTS_MAX];
};

/* image is the mount that is the root, or -1.
 * Copy the trees whose owner is nobody inside: what has been chowned to ids of
 * the namespace stays as it is, and of a plain user all.  -1: reported, as
 * always. */
int idmap_open(struct idmap *m, const struct spec *spec, const struct userns *u,
	       int image);

/* Translate them by the namespace that pid is in.  A volume that cannot be is
 * said, and stays as it is. */
int idmap_apply(const struct idmap *m, const struct spec *spec, pid_t pid);

void idmap_close(struct idmap *m);
