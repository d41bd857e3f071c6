/* start.h - one start, shared between the launcher and the child
 *
 * The child is cloned with CLONE_VM: both see the same memory, the same errno
 * and the same report sink, so they take turns and never run at once.
 *
 *	launcher			child
 *	  opens, checks, plans
 *	  clones --------------------->	  waits, if there is something to do
 *	  makes the network	--- GO ->
 *	  waits for its memory		  joins, mounts, pivots, drops
 *	  (or for the pty)  <- master --
 *	  has it back	<-- by itself --  execs, or leaves a text and dies
 *
 * The kernel clears child_tid and wakes us (CLONE_CHILD_CLEARTID) when the
 * child gives the memory up, by exec or by death: failure says which.  Against
 * a fork that copies the memory this saves a third of the whole start; see
 * docs/decisions/0001-shared-memory-start.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "container.h"
#include "idmap.h"
#include "image.h"
#include "spec.h"
#include "userns.h"

enum { START_TRACE_MAX = 32 };

struct start {
	struct spec *spec;
	struct container *container;
	uint64_t ignored;              /* the signals that the caller ignores */
	int sync_launcher, sync_child; /* a socket pair */
	int64_t until_ms;              /* --timeout; 0: none */
	int input, output; /* fds of the command, else the caller's; -1: none */
	bool tty;          /* the command gets a pty */
	struct restore *restore; /* in place of the command; NULL: none */
	pid_t filler;            /* of its memory; 0: none */
	bool go_needed;          /* the launcher has work after the clone */
	bool cloned_into;        /* the child is in its v2 cgroup already */
	int master;              /* of the pty, once started; -1: none */
	volatile int child_tid;  /* 0: the child does not use our memory */
	int exit_status;         /* of launch, when the start failed */
	char failure[512];       /* why the child gave up; "" if it did not */
	struct userns userns;
	struct idmap idmap; /* if there is a user namespace */
	struct trace {
		const char *step;
		int64_t us;
	} trace[START_TRACE_MAX];
	size_t trace_count;
	int64_t traced_us;
	struct image image;
};

/* Start the container.  -1: reported, and nothing is left; exit_status says
 * what to exit with. */
int start(struct start *s);

/* The way back: all that start() made, when the container is dead. */
void start_undo(struct start *s);

/* The same, but for the name and its directory: it will be started again. */
void start_rewind(struct start *s);

/* It runs, and will for long: let go of the memory that starting took. */
void start_forget(void);

/* The child's whole life up to exec, and its share of that. */
noreturn void child(struct start *s);
void child_forget(void);

/* --trace: note how long it took to come here. */
void start_trace(struct start *s, const char *step);
