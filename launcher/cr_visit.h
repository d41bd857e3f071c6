/* cr_visit.h - something done in a namespace of the container, for a checkpoint
 *
 * By a process that shares our memory and fds; we stay where we are.
 */
#pragma once

#include <sys/types.h>

/* Call action in the network namespace of a process, or in that one: what it returns,
 * or -1 with errno. */
int cr_visit_net(pid_t init, int (*action)(void *arg), void *arg);
int cr_visit_net_of(int namespace, int (*action)(void *arg), void *arg);

/* The same as one of its processes, so that the kernel tells pids as it does
 * inside: also those of who has ended. */
int cr_visit_pids(pid_t init, int (*action)(void *arg), void *arg);
