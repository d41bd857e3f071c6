/* cgroup_v2.h - a group on the unified hierarchy */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cgroup_place;

/* The path of a group of that name where the controllers, "+memory +pids", are
 * available: below the nearest ancestor of our own group that can give them to
 * its children.  -1 with errno. */
int cgroup_v2_path(const struct cgroup_place *place, const char *name,
		   const char *controllers, char *path, size_t size);

/* Whether we may make groups beside our own that have the controller, and move
 * processes there. */
bool cgroup_v2_is_ours(const struct cgroup_place *place,
		       const char *controller);
