/* cr_ranges.h - which ranges of memory a process has, into an image
 *
 * To tell what advice has been given for them the kernel looks at each page, which a
 * process need not stand still for: its snapshot has the same ranges, and the same
 * flags but for three.  Who had none of those when it was looked at before, while it
 * ran, is asked for addresses alone; and if one has come since, the checkpoint fails.
 * Who has no snapshot has the flags that it had before and behind, if these are the same.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_held;
struct cr_range;

/* Look at the flags of one that runs, and remember them: they may wait. */
void cr_ranges_look(pid_t pid);

/* Of one whose flags wait: put them in, if all of its ranges are where they were then.
 * False: they are not. */
bool cr_ranges_recall(struct cr_image *image, const struct cr_held *p,
		      const struct cr_process *record);

/* And when it runs again: were they right?  -1: reported. */
int cr_ranges_confirm(const struct cr_held *p);

/* It has such a flag now. */
void cr_ranges_doubt(pid_t pid);

/* Will its VMAs have no flags but those that the addresses come with? */
bool cr_ranges_wait(const struct cr_held *p);

/* Then: put them in, of the process itself or its snapshot.  -1: reported. */
int cr_ranges_finish(struct cr_image *image, const struct cr_held *p,
		     pid_t like, const struct cr_process *record);

/* The VMAs of a process that is held.  -1: reported. */
int cr_ranges_dump(struct cr_image *image, const struct cr_held *p);

/* Is it shared memory of System V's?  Its inode is the number of that. */
bool cr_range_is_sysv(const struct cr_range *r);
