/* cr_filler.h - the process that brings memory out of an image
 *
 *	the launcher	takes the userfaultfds of all processes (cr_lazy.h), and forks,
 *			while these map their memory
 *	the filler	brings what somebody waits for, and in between all the rest; hears
 *			of what is given back, moved and unmapped, which is not to come
 *			any more, and of children, for which the same is to come; ends
 *			when all of it is there
 *	its guard	has the very same fds.  When the last of them is closed the
 *			kernel makes zeroes of what is missing: so when the filler dies
 *			the guard ends the container, and then itself.  Meanwhile it
 *			looks whether the image holds what was written
 *	the supervisor	is told by SIGCHLD, and says why
 *
 * Both are in no cgroup of the container's, and the kernel does not take them when it
 * is out of memory.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_filler {
	const struct cr_image *image;
	const int *pages; /* all files with pages; -1: it has none */
	pid_t init;
	int dir;                       /* the container's state */
	int (*check)(const void *arg); /* -1: it is not what was written */
	const void *arg;
};

/* Take a copy of the fd of that process of the image, if it has one.  -1: reported. */
int cr_filler_adopt(size_t process, pid_t pid, int fd);

/* Start it: *pid is 0 if there is nothing to do.  It serves who waits, and no more until
 * it is told that the container goes on.  -1: reported. */
int cr_filler_start(const struct cr_filler *f, pid_t *pid);
void cr_filler_go(void);

/* Has the filler of that container, if there is one, ended as it should not?  Then that
 * is reported.  Waits so long for its end; when it has come, *pid is 0. */
bool cr_filler_has_failed(pid_t *pid, const char *name, int patience_ms);
