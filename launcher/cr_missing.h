/* cr_missing.h - memory of a process that is not there yet, and comes by a userfaultfd
 *
 * Whatever a process does with its memory that concerns us the kernel tells before it
 * goes on, and as long as that has not been read nothing can be brought: EAGAIN.  So
 * what is read together is looked at in the order of what has happened, and only then
 * who waits is served.
 */
#pragma once

#include <stdbool.h>

#include "cr_spans.h"

struct cr_missing {
	struct cr_spans spans;     /* what is to come, and where it is */
	int fd;                    /* the userfaultfd */
	uint64_t moved, moved_end; /* to there, just before */
	bool gone;                 /* nobody has that memory any more */
};

/* Bring some of it out of these files.  -1 with errno, as the next. */
int cr_missing_bring(struct cr_missing *m, const int *pages);

/* Hear what has happened, and serve who waits.  For each child, at most so many of
 * which may be born, there is a call with its fd: the same is missing. */
int cr_missing_hear(struct cr_missing *m, const int *pages, size_t room,
		    int (*born)(const struct cr_missing *parent, int fd));

/* All is there, or of no use: from here on it is memory as any other. */
void cr_missing_end(struct cr_missing *m);
