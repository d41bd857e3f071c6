/* cr_threads.h - what a thread is, into an image */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_held;
struct cr_remote;
struct cr_seized;
struct cr_task;

/* THREADs with all that belongs to them, of a process that is held; r: with its
 * first thread, and scratch memory; nice: of its process.  -1 with errno. */
int cr_threads_dump(struct cr_image *image, struct cr_seized *s,
		    const struct cr_held *p, const struct cr_remote *r,
		    int nice);

/* Where its restartable sequence is: into the task, too, to be put back.  Before it
 * comes back from anything.  -1 with errno. */
int cr_rseq_dump(struct cr_task *task, struct cr_thread *t);

/* SIGNALs that wait for a thread; shared: for its process. */
int cr_signals_dump(struct cr_image *image, pid_t tid, bool shared);
