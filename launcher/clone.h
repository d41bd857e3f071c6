/* clone.h - the first process of a container is born, and dies */
#pragma once

struct start;

/* Clone the child into namespaces of its own, and into its v2 cgroup where clone3
 * can (Linux 5.7).  It goes on in child(); its pid and its pidfd are the container's.
 * -1: reported. */
int clone_child(struct start *s);

/* Kill it, wait for it, and close what led to it. */
void clone_undo(struct start *s);

/* Let go of the memory of its stack. */
void clone_forget(void);
