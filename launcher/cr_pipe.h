/* cr_pipe.h - pipes and fifos with what is in them, into an image and back */
#pragma once

#include "cr_known.h"

/* A FILE, of one of its ends; path: of a fifo.  -1: reported. */
int cr_pipe_dump(struct cr_image *image, const struct cr_open *o,
		 const struct cr_known *k, const char *path);

/* Make the pipe of FILE number first, the first of its ends, and all of them:
 * FILE number n is fd files + n.  Dies. */
void cr_pipe_restore(const struct cr_image *image, size_t first, int files);
