/* cr_blob.h - files that have no name any more, and memory with one
 *
 * The content goes into pages.img, once for all that are open.
 */
#pragma once

#include "cr_known.h"

/* The file at a link of /proc/PID: the number of its BLOB.  writes: somebody wants
 * to.  -1: reported; -2: it has been told that it cannot be. */
int cr_blob_dump(struct cr_image *image, const struct cr_held *p,
		 const char *link, const char *path, bool writes);

/* Is that the name of a file without one? */
bool cr_is_deleted(const char *path);

/* Make it again, or open what fd blob is once more.  Dies. */
int cr_blob_open(const struct cr_image *image, const struct cr_file *f);
int cr_blob_reopen(const struct cr_file *f, int blob);
