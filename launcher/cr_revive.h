/* cr_revive.h - a thread that is held becomes one of an image, from outside */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

struct cr_remote;

/* Filters of system calls, which threads made later inherit.  They are suspended
 * for as long as it is held.  -1: reported. */
int cr_set_filters(struct cr_remote *r, const struct cr_image *image,
		   const struct cr_thread *leader);

/* What a thread of process pid has of its own but for its registers; its powers
 * last.  -1 with errno. */
int cr_set_thread(const struct cr_remote *main, const struct cr_image *image,
		  int pid, const struct cr_thread *thread, pid_t tid);

/* Signals that waited, behind a THREAD, or (tid 0) a PROCESS.  -1 with errno. */
int cr_queue_signals(struct cr_remote *r, const struct cr_image *image,
		     const void *behind, int tgid, int tid);

/* At last: its registers and its mask.  -1 with errno. */
int cr_revive(const struct cr_image *image, const struct cr_thread *thread,
	      pid_t tid);
