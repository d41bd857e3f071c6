/* cr_outside.h - what is inside of a container, and what is the launcher's
 *
 * A mount is the container's, or it is not.  What is open outside of it is known by
 * where it leads: the launcher's own fds, and those of each "launch exec".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cr_seized;

/* Look at the mounts of the first process, and at the fds of who is outside.  -1:
 * reported. */
int cr_outside_begin(const struct cr_seized *s, pid_t launcher);

/* Is a mount with that number one of the container's? */
bool cr_is_inside(uint64_t mount);

/* Which of the launcher's 0-2 an fd is that leads there; -1: none. */
int cr_outside_role(const char *link, int fd);

/* Open a mount of that filesystem in the container of pid; -1: there is none. */
int cr_outside_open_mount(pid_t pid, dev_t device);
