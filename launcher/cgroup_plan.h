/* cgroup_plan.h - which groups a container needs, and what they are called
 *
 * First the controllers that are needed, then where each is: a v1 hierarchy or the
 * one of v2.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cgroup.h"
#include "cgroup_place.h"

/* A controller that is needed, and the group that has it. */
struct cgroup_need {
	char controller[32];
	const char *option; /* that asked for it first */
	struct cgroup_place place;
	int group;     /* its number in the struct cgroup */
	bool optional; /* only to be seen and changed later */
};

struct cgroup_plan {
	size_t count;
	struct cgroup_need needs[CGROUP_GROUPS_MAX];
};

/* Find out what is needed, in an empty plan, and name the groups.  -1: reported. */
int cgroup_plan_make(struct cgroup_plan *plan, struct cgroup *cg,
		     const struct cgroup_spec *want, const char *name);

/* Of the controller that a file belongs to: what stands before its first dot.
 * NULL: it is not needed, or nowhere to be had. */
struct cgroup_need *cgroup_find_need(struct cgroup_plan *plan,
				     const char *file);

/* To errno: what belongs to somebody else, and who should give it to us; or "". */
const char *cgroup_explain_owner(void);
