/* cr_locks.h - locks of files, and who is told that a file is ready
 *
 * Both are of a file, but a process has them by its own fds: a lock of POSIX's is
 * lost as soon as its owner closes any other fd of that file, so they are taken at
 * the very end.
 */
#pragma once

#include "cr_image.h"

struct cr_open;
struct cr_remote;

/* LOCKs and the OWNER of an fd.  -1: reported; -2: it has been told that it cannot
 * be. */
int cr_locks_dump(struct cr_image *image, const struct cr_open *o);

/* Let a process that is held have them again, when all of its fds are as they
 * were.  -1: reported. */
int cr_locks_restore(struct cr_remote *r, const struct cr_image *image,
		     const struct cr_process *p);
