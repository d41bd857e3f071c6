/* sync.h - the conversation between launcher and child; see start.h
 *
 * A socket pair: the child must not go on when its launcher is dead, and what
 * the launcher needs of the child, the master of the pty, is an fd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* -1: reported. */
int sync_pair(int *launcher, int *child);

/* The launcher: let the child go on. */
int sync_go(int fd);

/* The child: wait for that.  Ends silently when the launcher has died. */
void sync_wait(int fd);

/* The child: has the launcher died? */
bool sync_is_alone(int fd);

/* Hand an fd over.  The receiver gets -1 when the sender died instead. */
void sync_give_fd(int fd, int given);
int sync_take_fd(int fd);

/* Be told who speaks, from here on.  -1: reported. */
int sync_know(int fd);

/* What somebody says, and who it is; as recvmsg(2). */
ssize_t sync_hear(int fd, void *bytes, size_t size, pid_t *pid);
