/* cgroup_place.h - where a controller is mounted, and where we are in it */
#pragma once

#include <stdint.h>

/* Its texts stay for as long as the process lives. */
struct cgroup_place {
	int version;        /* 1 or 2; 0: nowhere */
	uint64_t hierarchy; /* its number; controllers may share one on v1 */
	const char *mount;  /* "/sys/fs/cgroup/memory" */
	const char *own;    /* the caller's group in it: "/" or "/x/y" */
};

/* Find the hierarchy that has the controller: a v1 one of its own, else v2.
 * -1 with errno: ENOENT, it is mounted nowhere.  Where we are is read only once. */
int cgroup_place(struct cgroup_place *place, const char *controller);
