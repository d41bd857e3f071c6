/* guard.h - give the terminal back even when launch itself is killed
 *
 * Whoever has made the terminal raw and gets SIGKILL leaves it so, and the
 * caller's shell is deaf to ^C and echoes nothing.  So a second process waits
 * for that, with nothing open but the terminal and the end of a pipe.
 */
#pragma once

#include <sys/types.h>
#include <termios.h>

struct guard {
	pid_t pid; /* 0: none */
	int pipe;
};

/* Put fd 0 back to how it was when our process ends before guard_end(). */
void guard_start(struct guard *g, const struct termios *saved);

/* It is no longer needed; nothing when there is none. */
void guard_end(struct guard *g);
