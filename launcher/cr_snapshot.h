/* cr_snapshot.h - what the memory of a process holds now, for as long as it takes
 *
 *	the process	is held: makes a child as fork(2) does .... goes on
 *	its child		      is held, never runs: is read .... is killed
 *
 * So with --leave-running a container stands still for the copy of its page tables,
 * and not for that of its memory.  The child shares files with its parent, so that
 * what that closes is closed.  It is none that wait(2) would tell of, unless asked
 * for such (__WALL); at the end its parent is held for one call more, to see it off.
 */
#pragma once

#include <stdbool.h>

#include "cr_find.h"

/* Make one of a process that is held, with its signals blocked and its registers in
 * need of being put back.  False: it has memory that a child would not have, or
 * there may be no more processes. */
bool cr_snapshot_take(const struct cr_image *image, const struct cr_seized *s,
		      const struct cr_held *p, const struct cr_process *record);

/* The process to be read in the place of p; p itself if there is none. */
struct cr_held cr_snapshot_of(const struct cr_held *p);

/* Remove all of them. */
void cr_snapshot_end(void);
