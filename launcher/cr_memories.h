/* cr_memories.h - the memory of all processes of a container, into an image
 *
 *	held, each in turn	its state has been written down: a snapshot of it, if it
 *				is to go on, and the fd by which it is tracked
 *	all held		plan it, protect it, copy what has no snapshot
 *	going on		copy the rest
 */
#pragma once

#include <stdbool.h>

#include "cr_find.h"
#include "cr_plan.h"

struct cr_memories {
	struct cr_image *image;
	const struct cr_seized *seized;
	bool leave; /* they go on */
	bool track; /* ... and what changes from here on is to be known */
	bool since; /* what has not changed since the parent is left out */
	bool early; /* or since it was copied while it ran: see cr_early.h */
	const struct cr_process *records[CR_PROCESSES_MAX];
	bool copied[CR_PROCESSES_MAX];   /* by a snapshot */
	bool recalled[CR_PROCESSES_MAX]; /* its flags are those of before */
	struct cr_plan plans[CR_PROCESSES_MAX];
	const struct cr_plan *ready[CR_PROCESSES_MAX]; /* to be copied */
};

/* Process number i, whose record that is, in need of its registers.  -1: reported. */
int cr_memories_meet(struct cr_memories *m, size_t i,
		     const struct cr_process *record);

/* While all are held; then of those with a snapshot.  -1: reported. */
int cr_memories_hold(struct cr_memories *m);
int cr_memories_finish(struct cr_memories *m);
