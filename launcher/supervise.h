/* supervise.h - stay with a running container until it ends
 *
 * Signals that launch gets are passed on to the command.  The kernel drops, for
 * the first process of a pid namespace, all signals that it has no handler for;
 * so where any other process would have died of one, the container is killed
 * and reported as died of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach.h"
#include "log.h"

struct start;

/* What a detached container's supervisor keeps from one life to the next. */
struct keeper {
	bool detached;
	struct log log;
	struct attach attach;
	int output; /* where a pipe of the container's output is read; -1 */
};
#define KEEPER_INIT                                                        \
	{                                                                  \
		.log = { .file = -1 }, .attach = ATTACH_INIT, .output = -1 \
	}

/* How a life ended. */
struct outcome {
	int status;  /* for launch to exit with */
	int signal;  /* that the command died of; 0: none */
	bool reboot; /* it wants to be started again */
	bool told;   /* we were told to end it */
	bool timed_out;
	bool oom; /* the kernel killed in it for want of memory */
	int64_t ran_ms;
};

/* Supervise until the end.  until_ms: when to kill it, 0 being never; parent:
 * whose death it is not to outlive, or 0.  -1: reported. */
int supervise(struct start *s, struct keeper *keeper, int64_t until_ms,
	      pid_t parent, struct outcome *outcome);
