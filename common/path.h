/* path.h - names below a root that strangers may have made
 *
 * root is a directory fd; the path is taken as a process with that root would
 * see it: absolute symlinks and ".." stay inside, magic links of /proc are
 * refused (ELOOP).  All fds are close-on-exec and the caller's.
 */
#pragma once

#include <sys/types.h>

/* Open path below root.  flags as for open(2), O_CLOEXEC is added. */
int path_open_in(int root, const char *path, int flags);

/* Open as O_PATH what path names, creating directories of mode 0755 on the
 * way where they are missing. */
int path_make_dir_in(int root, const char *path);

/* The same with an empty file at the end. */
int path_make_file_in(int root, const char *path);

/* Open the directory that holds path below root, O_PATH; *last is the final
 * component, pointing into path.  EINVAL when path ends in "..", "." or "/". */
int path_open_parent_in(int root, const char *path, const char **last);

/* "/proc/self/fd/N": the name of an fd, for calls that want one. */
struct fd_name {
	char text[32];
};
struct fd_name fd_name(int fd);
