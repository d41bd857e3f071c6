/* cr_mounts.h - what is mounted in a container, and files that are only there
 *
 * What a start mounts it mounts again; what the container has mounted since is
 * mounted behind that, if it is of a kind that needs no more than a name.  The
 * content of every tmpfs goes into the image.
 */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

struct spec;

/* Is there a mount that nobody could make again?  -1: reported. */
int cr_mounts_check(pid_t init, const struct spec *spec);

/* MOUNTs and ENTRYs, of init's mount namespace.  -1: reported. */
int cr_mounts_dump(struct cr_image *image, pid_t init);

/* In the container: mount what is missing, fill what is of memory.  Dies. */
void cr_mounts_restore(const struct cr_image *image);
