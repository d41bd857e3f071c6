/* helper.h - programs of others that do what we may not, or had better not */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { HELPER_MISSING = 127 };

/* Whom to ask, every now and then while we wait for one, whether to give it up. */
void helper_watch(bool (*is_told)(const void *arg), const void *arg);

/* Run a program, found in PATH, to its end, and put the first line that it
 * writes to stderr into said.  Returns its status, HELPER_MISSING when there
 * is none, or -1 with errno.  One that is given up is killed, and has said so. */
int helper_run(const char *const argv[], char *said, size_t size);

/* Start one that stays: it ends when we do.  It is ready when it has written a
 * number, alone in a line, to stdout.  Returns its pid, or -1: said has why,
 * unless there is no such program. */
pid_t helper_start(const char *const argv[], char *said, size_t size);
