/* cr_task.h - a process of an image gets ready to be taken over
 *
 * What it can do for itself, before it is somebody else, costs a tenth of what
 * it costs from outside.
 */
#pragma once

#include "cr_places.h"

/* In each: its fds, directories, limits and signals, as far as they are not in
 * its own way.  All signals are blocked.  Dies. */
void cr_task_prepare(const struct cr_image *image, const struct cr_places *at,
		     const struct cr_process *p);
