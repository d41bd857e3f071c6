/* cgroup_v1.h - a group in one hierarchy of controllers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cgroup_place;

/* The path of the group of that name below our own.  ENAMETOOLONG. */
int cgroup_v1_path(const struct cgroup_place *place, const char *name,
		   char *path, size_t size);

/* Whether we may make groups below our own. */
bool cgroup_v1_is_ours(const struct cgroup_place *place);

/* A new cpuset has neither CPUs nor memory nodes, and nothing can join it:
 * give it those of its parent.  dir is the group's.  -1 with errno. */
int cgroup_v1_fill_cpuset(int dir);
