/* cr_clock.h - the clocks of a container do not go back
 *
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME count from the start of the machine: behind a
 * reboot, or on another machine, they would be less than what processes have seen.
 * Then, and only then, what is restored gets a time namespace (Linux 5.6).  The launcher makes it, as
 * only its own /proc is known to be there.  The stem enters it, when it has a memory of
 * its own: before Linux 6.2 no child that shares ours may be of another time.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

/* What the clocks show in a process, in ns.  -1 with errno. */
int cr_clock_read(pid_t pid, int64_t clocks[CR_CLOCKS]);

/* A namespace whose time is not before these; -1: there is no need of one, or it
 * cannot be made, which is warned about. */
int cr_clock_make(const int64_t clocks[CR_CLOCKS]);

/* Be in it, and close it. */
void cr_clock_enter(int time);
