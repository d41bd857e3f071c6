/* cr_tmpfs.h - files that are only in memory, into an image and back */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

/* ENTRYs of all that is in the directory top, behind MOUNT m; device: of its
 * filesystem, and of no other.  -1: reported. */
int cr_tmpfs_dump(struct cr_image *image, const struct cr_mount *m, int top,
		  dev_t device);

/* Make them in top again.  Dies. */
void cr_tmpfs_fill(const struct cr_image *image, const struct cr_mount *m,
		   int top);
