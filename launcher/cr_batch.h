/* cr_batch.h - several system calls of a thread that is held, at once
 *
 * One by one (cr_remote.h) each of them is two stops.  A thread that still has the
 * room that it came from (cr_steps.h) works them off by itself, and stops when it is
 * done, or when one of them has failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_steps.h"

struct cr_remote;

enum { CR_BATCH_MAX = 112 };

struct cr_batch {
	const struct cr_remote *r; /* its scratch is ours */
	size_t count, used;
	bool full;
	struct cr_step steps[CR_BATCH_MAX];
};

void cr_batch_begin(struct cr_batch *b, const struct cr_remote *r);

/* Bytes that a call points to: where they are there. */
uint64_t cr_batch_data(struct cr_batch *b, const void *bytes, size_t size);

void cr_batch_add(struct cr_batch *b, int64_t least, long number,
		  const uint64_t args[6]);
#define cr_batch_must(b, number, ...) \
	cr_batch_add((b), 0, (number), (const uint64_t[6]){ __VA_ARGS__ })
#define cr_batch_may(b, number, ...)           \
	cr_batch_add((b), INT64_MIN, (number), \
		     (const uint64_t[6]){ __VA_ARGS__ })

/* Make them; tid: its number inside.  A SIGCONT that waits there is lost.  -1 with
 * errno, that of the call, or ESRCH: it has been killed. */
int cr_batch_run(struct cr_batch *b, pid_t tid);
