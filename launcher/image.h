/* image.h - a root that is a file: an image of a filesystem, or an archive
 *
 * The launcher makes a mount of it that is nowhere yet, and the child attaches
 * it where the state directory is, which in its mount namespace nobody needs.
 * squashfs, erofs and ext4 come through a loop device that the kernel gives up
 * by itself with the mount, whoever is killed; an archive is unpacked into a
 * tmpfs (see archive.h).  Needs root, and Linux 5.2.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "spec.h"

struct image {
	bool wanted;       /* the root is a file */
	int tree;          /* the mount; -1: the root is a directory */
	bool covered;      /* it wants an overlay, as --ephemeral makes it */
	char at[PATH_MAX]; /* where to attach it */
};

/* Whether the file behind fd is an image or an archive that is known. */
bool image_is_known(int fd);

/* Open it, if the root is no directory; dir is the state directory.
 * -1: reported. */
int image_open(struct image *image, const struct spec *spec, int dir);

/* The child has it. */
void image_close(struct image *image);
