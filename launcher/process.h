/* process.h - find and execute the command, or say exactly why not
 *
 * In the child, inside its root, but for the first.  exec(3)'s "No such file or directory" has
 * five meanings; people of every other launcher ask which.
 */
#pragma once

#include <stdnoreturn.h>

enum {
	STATUS_USAGE = 2,
	STATUS_TIMEOUT = 124,
	STATUS_FAILED = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

/* In the launcher: let no fd of the caller's but 0-2 outlive the exec.  Ours are
 * born so.  -1: reported. */
int process_hide_fds(void);

/* Execute argv[0], looked up in PATH of env when it has no slash.  Dies with
 * STATUS_NOT_FOUND or STATUS_NOT_EXECUTABLE. */
noreturn void process_exec(const char *const argv[], const char *const env[]);

/* The path that process_exec() would execute.  Dies as it does. */
const char *process_find(const char *const argv[], const char *const env[]);

/* Whether what is at path could be executed.  -1: reported why not. */
int process_check(const char *path);

/* Execute the program that fd is open on.  Dies with STATUS_FAILED: it is ours. */
noreturn void process_exec_fd(int fd, const char *const argv[],
			      const char *const env[]);
