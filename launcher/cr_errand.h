/* cr_errand.h - something done under another pid and by somebody else
 *
 * Sockets remember of whom they are.  In the stem a pid is free as long as the tree
 * is not there; and what remembers the number of who has ended goes on to do so.
 */
#pragma once

#include <stdint.h>

struct cr_errand {
	int32_t pid; /* at most 1: it does not matter */
	uint32_t uid, gid;
	void (*run)(void *arg); /* in our memory, with our fds */
	void *arg;
};

/* Dies where that cannot be: whoever asks would be told of root. */
void cr_run_as(struct cr_errand *e);
