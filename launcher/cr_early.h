/* cr_early.h - what large processes have, copied while they still run
 *
 *	held for a moment	each makes a userfaultfd for us: see cr_track.h; unless it
 *				has done so for an earlier image
 *	going on		what it has is protected, and copied
 *	held to be saved	what is protected still is as it was copied; the rest is
 *				copied once more, or of a snapshot if it is much
 *
 * So a container that goes on behind its checkpoint stands still for what it writes to
 * in the meantime, and not for what it has: fork(2) takes 30 ms for the page tables of
 * 1 GB.  It is tracked from then on, so the image may have children (--parent).
 */
#pragma once

#include <stdbool.h>

#include "cr_find.h"

/* Has somebody so much, and can that be done?  dir: the state directory. */
bool cr_early_begin(const struct cr_seized *s, int dir);

/* What is wanted of them was there before, or comes of all that are held. */
bool cr_early_is_open(void);
void cr_early_open(struct cr_seized *s);

/* When they go on: into the files of that image.  -1: reported. */
int cr_early_copy(struct cr_image *image, const struct cr_seized *s);
