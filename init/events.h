/* events.h - the one loop: signals, time, and what they lead to */
#pragma once

/* Be PID 1: does not return.  level: the runlevel asked for, or 0. */
_Noreturn void events_loop(char level);
