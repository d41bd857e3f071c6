/* cgroup_set.h - write the limits, in the order of the table and of the user's files */
#pragma once

struct cgroup;
struct cgroup_plan;
struct cgroup_spec;

/* Into groups that are there.  -1: reported, with what the kernel has against it. */
int cgroup_set_all(const struct cgroup *cg, struct cgroup_plan *plan,
		   const struct cgroup_spec *want);
