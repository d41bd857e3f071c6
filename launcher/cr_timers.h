/* cr_timers.h - timers of timer_create(2), into an image and back
 *
 * Which there are is in /proc/PID/timers; when they are due only the process
 * itself may ask.  Since Linux 6.15 a timer may be made with a certain number;
 * before that numbers count up, and those between are made and deleted.
 */
#pragma once

#include "cr_image.h"

struct cr_held;
struct cr_remote;

/* TIMERs of a process that is held, by a call of its own: r has scratch memory.
 * -1 with errno. */
int cr_timers_dump(struct cr_image *image, const struct cr_held *p,
		   struct cr_remote *r);

/* Let it make them again, when all of its threads are there.  -1 with errno. */
int cr_timers_restore(struct cr_remote *r, const struct cr_image *image,
		      const struct cr_process *p);
