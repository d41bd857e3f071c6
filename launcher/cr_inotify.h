/* cr_inotify.h - what inotify descriptors watch, into an image and back
 *
 * The kernel tells a file by its handle; the name that it has now is found by
 * opening that on the mount of the container that it is on.
 */
#pragma once

#include "cr_known.h"

/* WATCHes of FILE number.  -1: reported; 1: it has been told that it cannot
 * be. */
int cr_inotify_dump(struct cr_image *image, const struct cr_open *o,
		    uint32_t number);

/* Make it, with the same numbers of watches.  Dies. */
int cr_inotify_open(const struct cr_image *image, uint32_t number, int flags);
