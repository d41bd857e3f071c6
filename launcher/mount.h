/* mount.h - filesystems below the container's root, by descriptor
 *
 * Everything here runs in the child, in its own mount namespace, and dies on
 * failure: nothing has to be undone, the namespace goes with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount_spec;

/* Attributes of a mount, as mount(8) calls them, on the mount that the fd
 * stands for.  flags are MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC; what is
 * not named stays as it is. */
int mount_set_flags(int mount, unsigned long flags, bool recursive);

/* A detached copy of the mount at path; recursive: with those below it, as also
 * where a user namespace must not do without them.  Where
 * the kernel is older than 5.2 it is a plain O_PATH fd, which mount_attach()
 * knows.  -1 with errno. */
int mount_copy(int dir, const char *path, bool recursive);

/* Attach what mount_copy() gave at the file or directory target is open on. */
int mount_attach(int mount, int target, bool recursive);

/* Mount a new filesystem on the directory that target is open on. */
int mount_new(const char *source, int target, const char *type,
	      unsigned long flags, const char *data);

/* The same on a directory below root, made when missing. */
int mount_below(int root, const char *path, const char *type,
		unsigned long flags, const char *data);

/* Open the sources of all binds, as the caller sees them: before anything
 * changes the working directory.  sources has room for count fds, -1 where
 * there is none; opened has those that there are already, or is NULL. */
void mount_open_sources(const struct mount_spec *mounts, size_t count,
			const int *opened, int *sources);

/* Mount them all below root, in order. */
void mount_all(int root, const struct mount_spec *mounts, size_t count,
	       const int *sources);
