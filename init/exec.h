/* exec.h - execvp that also runs scripts without a #! line */
#pragma once

/* Execute argv[0], searched in $PATH unless it has a slash; what the kernel
 * says is no program (ENOEXEC) is given to /bin/sh.  Returns on failure only,
 * with errno.  argv[-1] must be writable. */
void exec_search(char **argv, char **env);

/* The exit status that errno of a failed exec stands for: 127 or 126. */
int exec_status(int error);
