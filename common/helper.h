/* helper.h - programs of others that do what we may not, or had better not */
#pragma once

#include <stddef.h>
#include <sys/types.h>

enum { HELPER_MISSING = 127 };

/* Run a program, found in PATH, to its end, and put the first line that it
 * writes to stderr into said.  Returns its status, HELPER_MISSING when there
 * is none, or -1 with errno. */
int helper_run(const char *const argv[], char *said, size_t size);

/* Start one that stays: it ends when we do.  It is ready when it has written a
 * number, alone in a line, to stdout.  Returns its pid, or -1: said has why,
 * unless there is no such program. */
pid_t helper_start(const char *const argv[], char *said, size_t size);
