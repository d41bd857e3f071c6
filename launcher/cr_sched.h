/* cr_sched.h - when and where a thread runs: policy, priority, processors */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

/* How things come: as a process has them that nobody has changed. */
void cr_sched_begin(pid_t usual);

/* A SCHED of a thread that is not so; nice: its process's. */
void cr_sched_dump(struct cr_image *image, pid_t tid, int nice);

/* Make thread tid so again, from outside.  What this machine does not have is
 * warned about. */
void cr_sched_restore(const struct cr_image *image,
		      const struct cr_thread *thread, pid_t tid);
