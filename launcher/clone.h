/* clone.h - the first process of a container is born, and dies */
#pragma once

#include <stdnoreturn.h>

struct container;
struct start;

enum { CLONE_DIE_MS = 10000 }; /* who has been killed has so long to die */

/* Clone the child into namespaces of its own, and into its v2 cgroup where clone3
 * can (Linux 5.7).  It goes on in child(); its pid and its pidfd are the container's.
 * -1: reported. */
int clone_child(struct start *s);

/* Kill it, wait for it, and close what led to it. */
void clone_undo(struct start *s);

/* It does not die, as who waits for a disk that does not answer: say so, and end as if we
 * had been killed, with what it uses still there.  The next launch clears it away. */
noreturn void clone_give_up(const struct container *c);

/* Let go of the memory of its stack. */
void clone_forget(void);
