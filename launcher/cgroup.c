/* cgroup.c - the container's limits: a group of its own per hierarchy
 *
 * Three passes: which controllers does the spec need, where is each (a v1
 * hierarchy or the one of v2), and then the values, written in the order of
 * the table and of the user's own files.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_limits.h"
#include "cgroup_place.h"
#include "cgroup_remove.h"
#include "cgroup_v1.h"
#include "cgroup_v2.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/memory.h"
#include "common/report.h"
#include "common/text.h"
#include "devfilter.h"
#include "spec.h"

/* A controller that is needed, and the group that has it. */
struct need {
	char controller[32];
	const char *option; /* that asked for it first */
	struct cgroup_place place;
	int group;
	bool optional; /* only to be seen and changed later */
};

struct plan {
	size_t count;
	struct need needs[CGROUP_GROUPS_MAX];
};

static struct need *find_need(struct plan *plan, const char *file)
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
static int add_need(struct plan *plan, const char *file, int version,
		    const char *option)
{
	struct need *n = plan->needs + plan->count;

	if (find_need(plan, file))
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

/* The number of the new group, or -1 with errno. */
static int add_group(struct cgroup *cg, const char *path, int version)
{
	struct cgroup_group *g = cg->groups + cg->count;
	char *text;

	if (cg->count == 0)
		cg->used = 0;
	text = cg->text + cg->used;
	if (copy_text(text, sizeof(cg->text) - cg->used, path) < 0)
		return -1;
	cg->used += strlen(path) + 1;
	*g = (struct cgroup_group){
		.path = text, .dir = -1, .procs = -1, .version = version
	};
	return (int)cg->count++;
}

/* Left by a launcher that was killed before it could write down its name. */
static int make_dir(const char *path)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST || rmdir(path) < 0)
		return -1;
	return mkdir(path, 0755);
}

/* What belongs to somebody else, and who should give it to us. */
static const char *explain_owner(void)
{
	if ((errno != EACCES && errno != EPERM) || getauxval(AT_EUID) == 0)
		return "";
	return " (no cgroup was delegated to you: see launch(1), WITHOUT ROOT)";
}

static int make_group(struct cgroup_group *g, const char *option)
{
	if (make_dir(g->path) < 0)
		return fail("cannot create cgroup '%s' (%s)%s", g->path, option,
			    explain_owner());
	g->created = true;
	g->dir = openat(AT_FDCWD, g->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->dir < 0)
		return fail("cannot open cgroup '%s' (%s)", g->path, option);
	g->procs = openat(g->dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (g->procs < 0)
		return fail("cannot open '%s/cgroup.procs' (%s)", g->path,
			    option);
	return 0;
}

/* "cpu" and "cpuacct", for one, are often two names of one hierarchy. */
static bool shares_group(const struct plan *plan, struct need *n)
{
	for (const struct need *m = plan->needs; m < n; m++) {
		if (m->place.version != 1 ||
		    m->place.hierarchy != n->place.hierarchy)
			continue;
		n->group = m->group;
		return true;
	}
	return false;
}

static int name_v1(struct cgroup *cg, const struct plan *plan, struct need *n,
		   const char *name)
{
	char path[PATH_MAX];

	if (shares_group(plan, n))
		return 0;
	if (cgroup_v1_path(&n->place, name, path, sizeof(path)) == 0)
		n->group = add_group(cg, path, 1);
	else
		n->group = -1;
	return n->group < 0
		       ? fail("cannot name a cgroup for '%s' (--name)", name)
		       : 0;
}

/* "+memory +pids", all that is needed of v2 and has a switch. */
static void list_v2(const struct plan *plan, char *list, size_t size)
{
	size_t len = 0;

	list[0] = '\0';
	for (size_t i = 0; i < plan->count; i++) {
		const struct need *n = plan->needs + i;

		if (n->place.version == 2 && len < size &&
		    strcmp(n->controller, "cgroup") != 0 &&
		    strcmp(n->controller, "devices") != 0)
			len += snprintf(list + len, size - len, "%s+%s",
					len ? " " : "", n->controller);
	}
}

static int name_v2(struct cgroup *cg, struct plan *plan, struct need *first,
		   const char *name)
{
	char path[PATH_MAX], controllers[512];

	list_v2(plan, controllers, sizeof(controllers));
	if (cgroup_v2_path(&first->place, name, controllers, path,
			   sizeof(path)) < 0)
		return fail(
			"cannot switch on '%s' for children of '%s%s' (%s)%s",
			controllers, first->place.mount, first->place.own,
			first->option, explain_owner());
	first->group = add_group(cg, path, 2);
	if (first->group < 0)
		return fail("cannot name a cgroup for '%s' (--name)", name);
	for (size_t i = 0; i < plan->count; i++)
		if (plan->needs[i].place.version == 2)
			plan->needs[i].group = first->group;
	return 0;
}

static int name_groups(struct cgroup *cg, struct plan *plan, const char *name)
{
	bool unified = false;

	for (size_t i = 0; i < plan->count; i++) {
		struct need *n = plan->needs + i;

		if (n->place.version == 1 && name_v1(cg, plan, n, name) < 0)
			return -1;
		if (n->place.version == 2 && !unified &&
		    name_v2(cg, plan, n, name) < 0)
			return -1;
		unified |= n->place.version == 2;
	}
	return 0;
}

static int make_groups(struct cgroup *cg, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct need *n = plan->needs + i;
		struct cgroup_group *g = cg->groups + n->group;

		if (!g->created && make_group(g, n->option) < 0)
			return -1;
		if (g->version == 1 && strcmp(n->controller, "cpuset") == 0 &&
		    cgroup_v1_fill_cpuset(g->dir) < 0)
			return fail(
				"cannot copy CPUs and memory nodes to '%s' (%s)",
				g->path, n->option);
	}
	return 0;
}

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

static int set(const struct cgroup *cg, const struct need *n, const char *file,
	       const char *value, const char *option)
{
	const struct cgroup_group *g = cg->groups + n->group;

	if (write_file_at(g->dir, file, "%s", value) == 0)
		return 0;
	if (strncmp(option, "--cpuset", strlen("--cpuset")) == 0)
		return refuse_list(g, file, value, option);
	return fail("cannot set '%s' to '%s' in '%s' (%s)%s", file, value,
		    g->path, option, explain(file));
}

static int set_limits(const struct cgroup *cg, struct plan *plan,
		      const struct cgroup_spec *want)
{
	const struct cgroup_limit *limit;
	char value[512];

	for (size_t i = 0; (limit = cgroup_limit(i)); i++) {
		struct need *n = find_need(plan, limit->controller);
		const char *file = n ? limit->file[n->place.version - 1] : NULL;

		if (file &&
		    limit->format(want, n->place.version, value,
				  sizeof(value)) > 0 &&
		    set(cg, n, file, value, limit->option) < 0)
			return -1;
	}
	return 0;
}

static bool applies(const struct cgroup_file *f, const struct need *n)
{
	return n && (!f->version || f->version == n->place.version);
}

static int set_files(const struct cgroup *cg, struct plan *plan,
		     const struct cgroup_spec *want)
{
	for (size_t i = 0; i < want->file_count; i++) {
		const struct cgroup_file *f = want->files + i;
		struct need *n = find_need(plan, f->file);

		/* Rules of devices have been read, and are set by set_devices(). */
		if (applies(f, n) && !devfilter_is_rule(f) &&
		    set(cg, n, f->file, f->value, "--cgroup-conf") < 0)
			return -1;
	}
	return 0;
}

static int set_device_rules(const struct cgroup *cg, const struct need *n)
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

static int set_devices(const struct cgroup *cg, struct plan *plan)
{
	const struct need *n = find_need(plan, "devices");

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

/* Root's is everything; else only what was delegated. */
static bool is_ours(const struct cgroup_place *place, const char *controller)
{
	if (getauxval(AT_EUID) == 0)
		return true;
	return place->version == 2 ? cgroup_v2_is_ours(place, controller)
				   : cgroup_v1_is_ours(place);
}

/* What freeze, stats, update and device need, where it is to be had. */
static void add_wishes(struct plan *plan)
{
	static const char *const wishes[] = { "freezer", "memory",  "pids",
					      "cpu",     "cpuacct", "cpuset",
					      "devices", "cgroup" };

	for (size_t i = 0; i < COUNT(wishes); i++) {
		struct need *n = plan->needs + plan->count;

		if (find_need(plan, wishes[i]) ||
		    plan->count == COUNT(plan->needs))
			continue;
		/* The last is all that v2 has for freezing; v1 has a freezer. */
		if (strcmp(wishes[i], "cgroup") == 0 &&
		    find_need(plan, "freezer"))
			continue;
		copy_text(n->controller, sizeof(n->controller), wishes[i]);
		n->option = "--detach";
		n->optional = true;
		if (cgroup_place(&n->place, n->controller) == 0 &&
		    is_ours(&n->place, n->controller))
			plan->count++;
	}
}

static int collect(struct plan *plan, const struct cgroup_spec *want,
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

static struct plan plan; /* large, and used once */

int cgroup_plan(struct cgroup *cg, const struct cgroup_spec *want,
		const char *name)
{
	return collect(&plan, want, cg->devices) < 0
		       ? -1
		       : name_groups(cg, &plan, name);
}

int cgroup_create(struct cgroup *cg, const struct cgroup_spec *want)
{
	if (make_groups(cg, &plan) < 0 || set_limits(cg, &plan, want) < 0)
		return -1;
	return set_files(cg, &plan, want) < 0 ? -1 : set_devices(cg, &plan);
}

void cgroup_forget_plan(void)
{
	memory_forget(&plan, sizeof(plan));
}

bool cgroup_is_used(const struct cgroup *cg)
{
	return cg->count > 0;
}

int cgroup_clone_fd(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->count; i++)
		if (cg->groups[i].version == 2)
			return cg->groups[i].dir;
	return -1;
}

int cgroup_join(const struct cgroup *cg, bool cloned_into)
{
	for (size_t i = 0; i < cg->count; i++) {
		const struct cgroup_group *g = cg->groups + i;

		if (cloned_into && g->version == 2)
			continue;
		/* "0" is whoever writes it. */
		if (write(g->procs, "0", 1) < 0)
			return fail("cannot join cgroup '%s'%s", g->path,
				    explain_owner());
	}
	return 0;
}

/* Of a file such as "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n". */
static bool counts_kills(const struct cgroup_group *g)
{
	static const char key[] = "\noom_kill ";
	char text[512];
	const char *found;

	if (read_file_at(g->dir,
			 g->version == 1 ? "memory.oom_control"
					 : "memory.events",
			 text, sizeof(text)) < 0)
		return false;
	found = strstr(text, key);
	return found && found[strlen(key)] != '0';
}

bool cgroup_ran_out_of_memory(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->count; i++)
		if (counts_kills(cg->groups + i))
			return true;
	return false;
}

void cgroup_remove(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->count; i++) {
		struct cgroup_group *g = cg->groups + i;

		fd_close(&g->procs);
		fd_close(&g->dir);
		if ((g->created && cgroup_remove_tree(g->path) < 0) ||
		    (g->planned && cgroup_remove_empty(g->path) < 0))
			warn("cannot remove cgroup '%s'", g->path);
		g->created = false;
	}
	cg->count = 0;
}

void cgroup_save(const struct cgroup *cg, struct lines *lines)
{
	for (size_t i = 0; i < cg->count; i++)
		lines_add(lines,
			  cg->groups[i].created ? "cgroup" : "cgroup-planned",
			  "%s", cg->groups[i].path);
}

int cgroup_load(struct cgroup *cg, const char *key, const char *value)
{
	bool planned = strcmp(key, "cgroup-planned") == 0;

	if (!planned && strcmp(key, "cgroup") != 0)
		return 1;
	if (cg->count < CGROUP_GROUPS_MAX && strlen(value) < PATH_MAX) {
		int group = add_group(cg, value, 0);

		if (group < 0)
			return 0;
		cg->groups[group].planned = planned;
		cg->groups[group].created = !planned;
	}
	return 0;
}
