/* cr_takeover.h - a process that has the memory of one of an image becomes it, from
 * outside
 *
 * Held by ptrace(2), it makes its threads, and loses its powers; the last of its
 * calls unmaps the room (cr_steps.h) that it came from.  Behind that it is the other
 * one, and stands still.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"
#include "cr_task.h"

struct cr_takeover {
	const struct cr_image *image;
	struct cr_places at;
	bool touch; /* memory comes when it is touched: see cr_lazy.h */
};

struct cr_changed {
	pid_t pid; /* on the host */
	uint64_t room, span;
	uint8_t way; /* in which its memory comes: see cr_lazy.h */
};

/* Its threads are noted for cr_takeover_release().  -1:
 * reported. */
int cr_takeover(const struct cr_takeover *how, const struct cr_process *p,
		const struct cr_changed *who);

/* Let all go that were taken over. */
void cr_takeover_release(void);

/* Whenever a child may have ended: of those that we held some die only later, as who
 * waits for a disk does, and nobody else may see that. */
void cr_takeover_see_die(void);
