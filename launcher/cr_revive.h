/* cr_revive.h - a thread that is held becomes one of an image, from outside */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

struct cr_batch;
struct cr_remote;

/* Filters of system calls, for all threads of the process.  They are suspended for as
 * long as it is held, unless we have one ourselves.  -1: reported. */
int cr_set_filters(struct cr_remote *r, const struct cr_image *image,
		   const struct cr_thread *leader);

/* What gives a thread what it has of its own but for its registers, and its powers
 * last. */
void cr_set_thread(struct cr_batch *b, const struct cr_image *image,
		   const struct cr_thread *thread);

/* Then the signals that waited, behind a THREAD, or (tid 0) a PROCESS.  -1 with errno. */
int cr_queue_signals(struct cr_remote *r, const struct cr_image *image,
		     const void *behind, int tgid, int tid);

/* At last: its registers and its mask.  -1 with errno. */
int cr_revive(const struct cr_image *image, const struct cr_thread *thread,
	      pid_t tid);
