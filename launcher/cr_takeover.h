/* cr_takeover.h - a process that waits becomes one of an image, from outside
 *
 * Held by ptrace(2), it moves its vdso aside, unmaps everything else, maps and
 * fills what the image has, moves the vdso to where it was, makes its threads,
 * and loses its powers; the last of its calls unmaps the memory that the calls
 * needed.  Behind that it is the other one, and stands still.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"
#include "cr_task.h"

struct cr_takeover {
	const struct cr_image *image;
	struct cr_places at;
	bool lazy;
};

/* pid is the host's.  Its threads are noted for cr_takeover_release().  -1:
 * reported. */
int cr_takeover(const struct cr_takeover *how, const struct cr_process *p,
		pid_t pid);

/* Let all go that were taken over. */
void cr_takeover_release(void);
