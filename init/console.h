/* console.h - terminals: which there are, and making one a child's own */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line;

enum terminal {
	TERMINAL_NONE,    /* the line uses minit's own stdin, stdout, stderr */
	TERMINAL_THERE,   /* /dev/ID is to be opened */
	TERMINAL_MISSING, /* ... but does not exist; perhaps one day */
};

enum terminal line_terminal(const struct line *line);

/* Does somebody log in there: is it a shell without a script, a getty, a login,
 * or does it ask first?  Such heed HUP rather than TERM. */
bool line_is_login(const struct line *line);

/* Does the command get the terminal for its own: as above, or as it is kept
 * alive and has a terminal's id? */
bool line_is_interactive(const struct line *line);

/* Can the line's terminal be opened?  Some exist that have no device. */
bool line_terminal_works(const struct line *line);

/* In the child, which leads a new session: make the line's terminal its stdin,
 * stdout and stderr, and if the line is interactive, its own.  -1: reported. */
int console_enter(const struct line *line);

/* Wait until somebody presses Enter; false at the end of file. */
bool console_ask(void);

/* minit's own stdin, stdout and stderr: /dev/console, if what we got is no
 * more than /dev/null; and no terminal is ours, so that a child can have it. */
void console_adopt(void);

/* Write the line unless the reader has stalled: PID 1 never waits for it. */
void console_report(const char *line);

/* The names of the kernel's consoles ("tty1 ttyS0") or "" into buf. */
void console_names(char *buf, size_t size);
