/* cr_track.h - what changes in the memory of a container from one image to the next
 *
 *	--pre-dump	each process makes a userfaultfd for us, and what it has of
 *			memory without a file is protected: who writes to a page does
 *			not wait for anybody, as with others of that kind, but only
 *			takes the protection away.  Since Linux 6.7
 *	a keeper	has these fds, and nothing else, until the container ends: the
 *			kernel protects nothing any more when they are closed
 *	--parent	what is still protected has not changed.  With --pre-dump the
 *			fds go to another keeper, and all is protected once more
 *
 * RUNDIR/NAME/tracked says since which image, and of which processes.  All that is new
 * is not protected: a range of memory mapped, moved or given back, a child, a program
 * that was executed.  So what is not known is written, and nothing is lost when the
 * keeper dies but that all of it is written.  Shared memory, and what is private of a
 * file, is not tracked at all: the kernel's marks there outlive the pages.
 */
#pragma once

#include <stdbool.h>

#include "cr_find.h"

/* Can this kernel?  -1: reported. */
int cr_track_check(void);

/* Nobody has asked for it, but it would be of use: whether it can be done without harm
 * to what somebody has asked for. */
bool cr_track_try(int dir);

/* Find out what is tracked, and keep others from it until we end: dir is the state
 * directory of the container of that name; parent: since that image, whose path is for
 * messages, or 0.  -1: reported. */
int cr_track_begin(int dir, const char *name, const char *path,
		   uint64_t parent);

/* Is what is written to such a range tracked? */
bool cr_track_takes(const struct cr_vma *v);

/* Was this process there then? */
bool cr_track_knows(const struct cr_held *p);

/* Is there an fd of its memory? */
bool cr_track_is_open(const struct cr_held *p);

/* Get the fd of a process, which is held with its signals blocked and its registers in
 * need of being put back.  Without one, it is not tracked. */
void cr_track_open(const struct cr_seized *s, const struct cr_held *p);

/* From here on nobody else relies on it; and protect all memory of a process.  False:
 * it is not tracked, or no more. */
void cr_track_take(void);
bool cr_track_protect(const struct cr_image *image, const struct cr_held *p,
		      const struct cr_process *record);

/* What is protected now is known from here on, as if it were so since a parent. */
void cr_track_settle(void);

/* Start the keeper, which ends with the process behind that pidfd; all is tracked since
 * the image of that number.  wanted: by somebody who will build on it.  -1: reported. */
int cr_track_keep(uint64_t image, int pidfd, bool wanted);
