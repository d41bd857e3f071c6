/* cr_load.h - much memory of an image, written into processes that wait
 *
 * Before they go on, and from outside, by process_vm_writev(2): so no page is zeroed
 * for a fault of theirs, and what their page tables become costs nothing while they do
 * not run.  It is charged to them, as what they would have read themselves.
 */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

/* All that is CR_WRITTEN (cr_lazy.h) of process p, which is pid; pages: all files with
 * pages.  -1: reported. */
int cr_load(const struct cr_image *image, const int *pages,
	    const struct cr_process *p, pid_t pid);
