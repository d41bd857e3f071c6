/* wrapper.h - minit around one command: reap, forward, end as it ends */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/signals.h"

enum { WRAPPER_QUIET, WRAPPER_NORMAL, WRAPPER_VERBOSE, WRAPPER_TRACE };

struct wrapper {
	char **argv;         /* the command; argv[-1] is writable */
	uint64_t mask;       /* the command's, as a direct exec would have it */
	bool group;          /* its own process group gets the signals */
	bool session;        /* ... and it leads a session */
	bool pause;          /* no command: reap until told to end */
	bool warn_reaped;    /* tell of orphans */
	int verbosity;       /* WRAPPER_... */
	int parent_death;    /* the signal for when our parent dies, or 0 */
	int64_t drain_ms;    /* for the rest, once the command has ended */
	uint32_t is_zero[8]; /* a bit for each status that counts as 0 */
	unsigned char rewrite[SIGNALS_MAX + 1]; /* what to send, 0: nothing */
};

/* Fill w from a command line and the environment.  argv[0] says whom we stand
 * in for.  Returns -1 to go on, or the status to exit with: after --help,
 * --version, or usage that has been reported. */
int wrapper_options(struct wrapper *w, char **argv);

/* Run it; returns the status to exit with.  All signals must be blocked. */
int wrapper_run(const struct wrapper *w);
