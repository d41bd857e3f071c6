/* cgroup.c - the container's limits: a group of its own per hierarchy */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_plan.h"
#include "cgroup_remove.h"
#include "cgroup_set.h"
#include "cgroup_v1.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/memory.h"
#include "common/report.h"
#include "common/text.h"

int cgroup_add_group(struct cgroup *cg, const char *path, int version)
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

static int make_group(struct cgroup_group *g, const char *option)
{
	if (make_dir(g->path) < 0)
		return fail("cannot create cgroup '%s' (%s)%s", g->path, option,
			    cgroup_explain_owner());
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

static int make_groups(struct cgroup *cg, const struct cgroup_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct cgroup_need *n = plan->needs + i;
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

static struct cgroup_plan plan; /* large, and used once */

int cgroup_plan(struct cgroup *cg, const struct cgroup_spec *want,
		const char *name)
{
	return cgroup_plan_make(&plan, cg, want, name);
}

int cgroup_create(struct cgroup *cg, const struct cgroup_spec *want)
{
	return make_groups(cg, &plan) < 0 ? -1
					  : cgroup_set_all(cg, &plan, want);
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
				    cgroup_explain_owner());
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
		int group = cgroup_add_group(cg, value, 0);

		if (group < 0)
			return 0;
		cg->groups[group].planned = planned;
		cg->groups[group].created = !planned;
	}
	return 0;
}
