/* supervise.h - stay with a running container until it ends
 *
 * Signals that launch gets are passed on to the command.  The kernel drops, for
 * the first process of a pid namespace, all signals that it has no handler for;
 * so where any other process would have died of one, the container is killed
 * and reported as died of it.
 */
#pragma once

struct start;

/* Returns the exit status: the command's, or 128 + n when signal n ended it. */
int supervise(struct start *s);
