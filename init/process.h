/* process.h - a line's command as a process */
#pragma once

#include <sys/types.h>

struct line;

enum {
	PROCESS_NOT_STARTED = 127, /* the status when it failed before exec */
	ENVIRONMENT_MAX = 512,     /* what is more, replaces the last */
};

/* Start the command in a session of its own. */
pid_t process_start(const struct line *line);

/* fork(2), without the libc's handlers, of which we have none. */
pid_t process_fork(void);

/* Become the command: PID 1 hands over.  Returns only on failure, reported. */
void process_become(const struct line *line);

/* Make our environment the children's: what we got, and defaults. */
void environment_prepare(void);

/* Add NAME=VALUE, kept by reference; the same name is replaced. */
void environment_add(char *entry);
