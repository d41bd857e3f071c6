/* cr_clock.h - the clocks of a container do not go back
 *
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME count from the start of the machine: behind a
 * reboot, or on another machine, they would be less than what processes have seen.
 * Then, and only then, what is restored gets a time namespace.  The launcher makes
 * it, as only its own /proc is known to be there; its child is in it from its exec
 * on (Linux 6.0).
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

/* What the clocks show in a process, in ns.  -1 with errno. */
int cr_clock_read(pid_t pid, int64_t clocks[CR_CLOCKS]);

/* Before the child is cloned: let it have a time that is not before these.  Returns
 * the way back, for cr_clock_leave(); -1: there is nothing to be done, or it cannot
 * be, which is warned about. */
int cr_clock_enter(const int64_t clocks[CR_CLOCKS]);

/* When the child has a memory of its own: back to the time that we had. */
void cr_clock_leave(int *ours);
