/* cgroup_set.c - write the limits, in the order of the table and of the user's files */
#include "cgroup_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "cgroup_limits.h"
#include "cgroup_plan.h"
#include "common/io.h"
#include "common/report.h"
#include "devfilter.h"
#include "spec.h"

static const char *explain(const char *file)
{
	switch (errno) {
	case ENOENT:
		return strstr(file, "sw")
			       ? " (is swap accounting on? see swapaccount=1)"
			       : " (this kernel's controller has no such file)";
	case EBUSY:
		return " (more is used already)";
	case EPERM:
	case EACCES:
		return " (does this cgroup belong to you?)";
	default:
		return "";
	}
}

/* CPUs or memory nodes that are not there: those that are. */
static int refuse_list(const struct cgroup_group *g, const char *file,
		       const char *value, const char *option)
{
	char above[64], there[512];

	snprintf(above, sizeof(above), "../%s%s", file,
		 g->version == 2 ? ".effective" : "");
	if (read_file_at(g->dir, above, there, sizeof(there)) < 0)
		return fail("cannot set '%s' to '%s' in '%s' (%s)", file, value,
			    g->path, option);
	return failx("cannot set '%s' to '%s' in '%s' (%s): there is only '%s'",
		     file, value, g->path, option, there);
}

static int set(const struct cgroup *cg, const struct cgroup_need *n,
	       const char *file, const char *value, const char *option)
{
	const struct cgroup_group *g = cg->groups + n->group;

	if (write_file_at(g->dir, file, "%s", value) == 0)
		return 0;
	if (strncmp(option, "--cpuset", strlen("--cpuset")) == 0)
		return refuse_list(g, file, value, option);
	return fail("cannot set '%s' to '%s' in '%s' (%s)%s", file, value,
		    g->path, option, explain(file));
}

static int set_limits(const struct cgroup *cg, struct cgroup_plan *plan,
		      const struct cgroup_spec *want)
{
	const struct cgroup_limit *limit;
	char value[512];

	for (size_t i = 0; (limit = cgroup_limit(i)); i++) {
		struct cgroup_need *n =
			cgroup_find_need(plan, limit->controller);
		const char *file = n ? limit->file[n->place.version - 1] : NULL;

		if (file &&
		    limit->format(want, n->place.version, value,
				  sizeof(value)) > 0 &&
		    set(cg, n, file, value, limit->option) < 0)
			return -1;
	}
	return 0;
}

static bool applies(const struct cgroup_file *f, const struct cgroup_need *n)
{
	return n && (!f->version || f->version == n->place.version);
}

static int set_files(const struct cgroup *cg, struct cgroup_plan *plan,
		     const struct cgroup_spec *want)
{
	for (size_t i = 0; i < want->file_count; i++) {
		const struct cgroup_file *f = want->files + i;
		struct cgroup_need *n = cgroup_find_need(plan, f->file);

		/* Rules of devices have been read, and are set by set_devices(). */
		if (applies(f, n) && !devfilter_is_rule(f) &&
		    set(cg, n, f->file, f->value, "--cgroup-conf") < 0)
			return -1;
	}
	return 0;
}

static int set_device_rules(const struct cgroup *cg,
			    const struct cgroup_need *n)
{
	char text[48];

	for (size_t i = 0; i < cg->devices->count; i++) {
		const struct device_rule *rule = cg->devices->rules + i;

		device_rule_format(rule, text);
		if (rule->version != 2 &&
		    set(cg, n, rule->allow ? "devices.allow" : "devices.deny",
			text, "--device-cgroup-rule") < 0)
			return -1;
	}
	return 0;
}

static int set_devices(const struct cgroup *cg, struct cgroup_plan *plan)
{
	const struct cgroup_need *n = cgroup_find_need(plan, "devices");

	if (!n || !cg->devices || !devfilter_has(cg->devices, n->place.version))
		return 0;
	if (n->place.version == 1)
		return set_device_rules(cg, n);
	if (devfilter_attach(cg->devices, cg->groups[n->group].dir) == 0)
		return 0;
	return fail(
		"cannot set the device rules of '%s' (is CONFIG_CGROUP_BPF on?)",
		cg->groups[n->group].path);
}

int cgroup_set_all(const struct cgroup *cg, struct cgroup_plan *plan,
		   const struct cgroup_spec *want)
{
	if (set_limits(cg, plan, want) < 0 || set_files(cg, plan, want) < 0)
		return -1;
	return set_devices(cg, plan);
}
