/* cgroup_plan.c - which groups a container needs, and what they are called */
#include "cgroup_plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "cgroup.h"
#include "cgroup_limits.h"
#include "cgroup_v1.h"
#include "cgroup_v2.h"
#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "devfilter.h"
#include "spec.h"

struct cgroup_need *cgroup_find_need(struct cgroup_plan *plan, const char *file)
{
	size_t len = strcspn(file, ".");

	for (size_t i = 0; i < plan->count; i++)
		if (strncmp(plan->needs[i].controller, file, len) == 0 &&
		    plan->needs[i].controller[len] == '\0')
			return plan->needs + i;
	return NULL;
}

/* The controller of a file is what stands before its first dot.  A file that is
 * meant for one version of cgroups only is passed over where there is no such
 * controller at all. */
static int add_need(struct cgroup_plan *plan, const char *file, int version,
		    const char *option)
{
	struct cgroup_need *n = plan->needs + plan->count;

	if (cgroup_find_need(plan, file))
		return 0;
	if (plan->count == COUNT(plan->needs) ||
	    format(n->controller, sizeof(n->controller), "%.*s",
		   (int)strcspn(file, "."), file) < 0)
		return failx("cannot use '%s' (%s): too many controllers", file,
			     option);
	n->option = option;
	n->optional = false;
	if (cgroup_place(&n->place, n->controller) == 0)
		plan->count++;
	else if (version == 0)
		return failx(
			"cannot limit '%s' (%s): no cgroup hierarchy with that controller is mounted",
			n->controller, option);
	return 0;
}

/* Root's is everything; else only what was delegated. */
static bool is_ours(const struct cgroup_place *place, const char *controller)
{
	if (getauxval(AT_EUID) == 0)
		return true;
	return place->version == 2 ? cgroup_v2_is_ours(place, controller)
				   : cgroup_v1_is_ours(place);
}

/* What freeze, stats, update and device need, where it is to be had. */
static void add_wishes(struct cgroup_plan *plan)
{
	static const char *const wishes[] = { "freezer", "memory",  "pids",
					      "cpu",     "cpuacct", "cpuset",
					      "devices", "cgroup" };

	for (size_t i = 0; i < COUNT(wishes); i++) {
		struct cgroup_need *n = plan->needs + plan->count;

		if (cgroup_find_need(plan, wishes[i]) ||
		    plan->count == COUNT(plan->needs))
			continue;
		/* The last is all that v2 has for freezing; v1 has a freezer. */
		if (strcmp(wishes[i], "cgroup") == 0 &&
		    cgroup_find_need(plan, "freezer"))
			continue;
		copy_text(n->controller, sizeof(n->controller), wishes[i]);
		n->option = "--detach";
		n->optional = true;
		if (cgroup_place(&n->place, n->controller) == 0 &&
		    is_ours(&n->place, n->controller))
			plan->count++;
	}
}

static int collect(struct cgroup_plan *plan, const struct cgroup_spec *want,
		   const struct devfilter *devices)
{
	const struct cgroup_limit *limit;
	char value[512];

	for (size_t i = 0; (limit = cgroup_limit(i)); i++)
		if (limit->format(want, 2, value, sizeof(value)) > 0 &&
		    add_need(plan, limit->controller, 0, limit->option) < 0)
			return -1;
	for (size_t i = 0; i < want->file_count; i++)
		if (add_need(plan, want->files[i].file, want->files[i].version,
			     "--cgroup-conf") < 0)
			return -1;
	for (size_t i = 0; devices && i < devices->count; i++)
		if (add_need(plan, "devices", devices->rules[i].version,
			     "--device-cgroup-rule") < 0)
			return -1;
	if (want->complete)
		add_wishes(plan);
	return 0;
}

const char *cgroup_explain_owner(void)
{
	if ((errno != EACCES && errno != EPERM) || getauxval(AT_EUID) == 0)
		return "";
	return " (no cgroup was delegated to you: see launch(1), WITHOUT ROOT)";
}

/* "cpu" and "cpuacct", for one, are often two names of one hierarchy. */
static bool shares_group(const struct cgroup_plan *plan, struct cgroup_need *n)
{
	for (const struct cgroup_need *m = plan->needs; m < n; m++) {
		if (m->place.version != 1 ||
		    m->place.hierarchy != n->place.hierarchy)
			continue;
		n->group = m->group;
		return true;
	}
	return false;
}

static int name_v1(struct cgroup *cg, const struct cgroup_plan *plan,
		   struct cgroup_need *n, const char *name)
{
	char path[PATH_MAX];

	if (shares_group(plan, n))
		return 0;
	if (cgroup_v1_path(&n->place, name, path, sizeof(path)) == 0)
		n->group = cgroup_add_group(cg, path, 1);
	else
		n->group = -1;
	return n->group < 0
		       ? fail("cannot name a cgroup for '%s' (--name)", name)
		       : 0;
}

/* "+memory +pids", all that is needed of v2 and has a switch. */
static void list_v2(const struct cgroup_plan *plan, char *list, size_t size)
{
	size_t len = 0;

	list[0] = '\0';
	for (size_t i = 0; i < plan->count; i++) {
		const struct cgroup_need *n = plan->needs + i;

		if (n->place.version == 2 && len < size &&
		    strcmp(n->controller, "cgroup") != 0 &&
		    strcmp(n->controller, "devices") != 0)
			len += snprintf(list + len, size - len, "%s+%s",
					len ? " " : "", n->controller);
	}
}

static int name_v2(struct cgroup *cg, struct cgroup_plan *plan,
		   struct cgroup_need *first, const char *name)
{
	char path[PATH_MAX], controllers[512];

	list_v2(plan, controllers, sizeof(controllers));
	if (cgroup_v2_path(&first->place, name, controllers, path,
			   sizeof(path)) < 0)
		return fail(
			"cannot switch on '%s' for children of '%s%s' (%s)%s",
			controllers, first->place.mount, first->place.own,
			first->option, cgroup_explain_owner());
	first->group = cgroup_add_group(cg, path, 2);
	if (first->group < 0)
		return fail("cannot name a cgroup for '%s' (--name)", name);
	for (size_t i = 0; i < plan->count; i++)
		if (plan->needs[i].place.version == 2)
			plan->needs[i].group = first->group;
	return 0;
}

static int name_groups(struct cgroup *cg, struct cgroup_plan *plan,
		       const char *name)
{
	bool unified = false;

	for (size_t i = 0; i < plan->count; i++) {
		struct cgroup_need *n = plan->needs + i;

		if (n->place.version == 1 && name_v1(cg, plan, n, name) < 0)
			return -1;
		if (n->place.version == 2 && !unified &&
		    name_v2(cg, plan, n, name) < 0)
			return -1;
		unified |= n->place.version == 2;
	}
	return 0;
}

int cgroup_plan_make(struct cgroup_plan *plan, struct cgroup *cg,
		     const struct cgroup_spec *want, const char *name)
{
	if (collect(plan, want, cg->devices) < 0)
		return -1;
	return name_groups(cg, plan, name);
}
