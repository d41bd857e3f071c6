/* console.h - the container's terminal, and the caller's relayed to it
 *
 * The pty belongs to the container's own devpts: it is /dev/console and
 * /dev/pts/0 inside, and the master is the launcher's.  The caller's terminal
 * itself is never given away, so nothing inside can push input into it
 * (TIOCSTI) or be stopped by it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#include "guard.h"

/* In the child: make a pty below dev (an fd of /dev), bind it as console and
 * give it to owner.  Returns the master, *slave is the other end; both are
 * close-on-exec.  Dies on failure. */
int console_create(int dev, uid_t owner, int *slave);

/* The same for a command that comes later, and has no /dev/console; pts is an fd
 * of the devpts. */
int console_open(int pts, uid_t owner, int *slave);

/* In the child: make slave the controlling terminal and fds 0-2. */
void console_take(int slave);

/* The launcher's side. */
struct console {
	int master;
	struct termios saved; /* of the caller's terminal */
	struct guard guard;   /* of it */
	bool shared;          /* there is one; the shell has it, too */
	bool raw;             /* we have it: to be restored */
	bool input_ended;     /* no more to be read from fd 0 */
};
#define CONSOLE_INIT         \
	{                    \
		.master = -1 \
	}

/* Whether fds 0 and 1 are a terminal to relay. */
bool console_wanted(void);

/* Take over master, make the caller's terminal raw, and size it alike. */
void console_start(struct console *console, int master);
void console_resize(const struct console *console);

/* Stop, as the caller's shell wants it, with its terminal as it was.  And go on:
 * it is ours again if we are in the foreground.  Else it is the shell's, and to
 * be tried again now and then: a job that runs is told nothing by "fg". */
void console_suspend(struct console *console);
void console_resume(struct console *console);
bool console_is_shells(const struct console *console);
enum { CONSOLE_RETRY_MS = 200 };

/* Whether fd 0 is to be read: not while it is the shell's. */
bool console_is_typed_at(const struct console *console);

/* Type into the container. */
void console_feed(const struct console *console, const char *bytes,
		  size_t count);

/* Pass on what poll(2) found: input from fd 0, output to fd 1. */
void console_input(struct console *console);

/* 0 when the other end is gone and all is written. */
int console_output(struct console *console);

/* Write what is left and restore the caller's terminal; or only the latter. */
void console_stop(struct console *console);
void console_leave(struct console *console);
