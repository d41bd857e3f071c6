/* cr_pidfd.h - descriptors of processes, into an image and back */
#pragma once

#include "cr_known.h"

/* A FILE; 1: it has been told that it cannot be; -1: reported. */
int cr_pidfd_dump(struct cr_image *image, const struct cr_open *o,
		  const struct cr_known *k);

/* When all processes are there: make it, or one of a process that is no more.
 * Dies. */
int cr_pidfd_open(const struct cr_file *f);
