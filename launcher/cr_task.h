/* cr_task.h - a process of an image gets ready to be taken over
 *
 * What it can do for itself, before it is somebody else, costs a tenth of what
 * it costs from outside.  FILEs are opened once, by the first process, at
 * numbers that nobody has used, in order; the others inherit them.
 */
#pragma once

#include <stddef.h>

#include "cr_image.h"

/* Where things are that are above all fds of the image. */
struct cr_places {
	int files;   /* FILE number 0; the others follow */
	int caller;  /* three: the launcher's 0-2 */
	int pages;   /* pages.img */
	int control; /* to the launcher */
	int masters; /* of ptys, in the order of PTYs */
	int first, last;
};

/* Above all that there are. */
struct cr_places cr_places(const struct cr_image *image);

/* In the first process: move what we have there, and open all FILEs.  Dies. */
void cr_task_open_files(const struct cr_image *image,
			const struct cr_places *at, int control);

/* In each: its fds, directories, limits and signals, as far as they are not in
 * its own way.  All signals are blocked.  Dies. */
void cr_task_prepare(const struct cr_image *image, const struct cr_places *at,
		     const struct cr_process *p);
