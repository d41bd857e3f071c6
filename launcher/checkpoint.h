/* checkpoint.h - a running container, saved in a directory
 *
 *	launch checkpoint		the one that does it
 *	  forks ----------------------->  holds all processes (ptrace)
 *	  waits				  writes down what they are
 *					  ends them, or lets them go on
 *	  exits as it does  <-----------  exits
 *
 * Two, as whoever holds a process must not die while it is in the middle of a
 * call for us: when the one that was typed is killed, the other one notices,
 * lets everything go on and removes what it has written.
 */
#pragma once

#include <stdbool.h>

struct container;
struct spec;

struct checkpoint {
	struct container *container; /* runs */
	const struct spec *spec;
	int dir;            /* where the image goes; -1: to standard output */
	const char *parent; /* the image that it builds on; NULL: none */
	bool direct;        /* past the page cache */
	bool leave;         /* it goes on running */
	bool track; /* ... and what changes from here on is to be known */
	bool check; /* only say what would keep it from being saved */
	bool json;  /* ... as JSON */
	bool keep_tcp, close_tcp; /* connections to others */
	bool cut_unix;            /* unix sockets from their halves outside */
};

/* Returns the exit status. */
int checkpoint(const struct checkpoint *wanted);
