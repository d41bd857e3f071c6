/* fd.h - owning file descriptors */
#pragma once

#include <errno.h>
#include <unistd.h>

/* Close on scope exit.  A variable marked so owns its fd: "autofd int fd". */
#define autofd __attribute__((cleanup(fd_close)))

/* Close *fd unless it is -1, and make it -1.  Keeps errno. */
static inline void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

/* Give the fd away: the caller's variable no longer closes it. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
