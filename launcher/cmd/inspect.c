/* inspect.c - launch inspect: all that is known about a container, as JSON */
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/json.h"
#include "common/proc.h"
#include "common/report.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/cr_inspect.h"
#include "launcher/option.h"
#include "launcher/process.h"
#include "launcher/restore.h"
#include "launcher/spec.h"
#include "roster.h"

static struct container container; /* large, as all four */
static struct spec spec;
static struct restore restore;
static char buf[OPTION_TEXT_MAX];

/* What was wanted: each option with a list of its values. */
static void put_options(struct json *j)
{
	size_t count;
	const struct option_def *def = option_table(&count);

	json_object(j, "options");
	for (; count > 0; count--, def++) {
		const char *value = option_get(def, &spec, 0, buf);

		if (!value)
			continue;
		json_array(j, def->name);
		for (size_t i = 0; (value = option_get(def, &spec, i, buf));
		     i++)
			json_text(j, NULL, value);
		json_close(j);
	}
	json_close(j);
}

static void put_net(struct json *j, const struct net *net)
{
	json_array(j, "net");
	for (size_t i = 0; i < net->count; i++) {
		const struct net_link *link = net->links + i;

		json_object(j, NULL);
		json_text(j, "kind", net_kind_name(link->kind));
		json_text(j, "name", link->name);
		json_text(j, "host", link->host[0] ? link->host : NULL);
		json_array(j, "addresses");
		for (size_t k = 0; k < link->inside_count; k++)
			json_text(j, NULL,
				  format_address(&link->inside[k]).text);
		json_close(j);
		json_close(j);
	}
	json_close(j);
}

static void put_facts(struct json *j, const struct container *c)
{
	enum container_life life = container_life(c);
	struct cgroup_stats stats;

	cgroup_read_stats(&c->cgroup, &stats);
	json_text(j, "name", c->name);
	json_text(j, "state",
		  life == LIFE_RUNNING && cgroup_is_frozen(&c->cgroup)
			  ? "frozen"
			  : container_life_name(life));
	json_number(j, "pid", c->pid);
	json_number(j, "uptime_ms",
		    life == LIFE_RUNNING ? proc_age_ms(c->start_time) : 0);
	json_known(j, "memory", stats.memory);
	json_number(j, "launcher", c->launcher);
	json_number(j, "restarts", c->restarts);
	json_bool(j, "tty", c->tty);
	json_text(j, "rootfs", c->rootfs);
	json_array(j, "cgroups");
	for (size_t i = 0; i < c->cgroup.count; i++)
		json_text(j, NULL, c->cgroup.groups[i].path);
	json_close(j);
	put_net(j, &c->net);
}

/* A checkpoint, whose name has a slash, as no container's. */
static int inspect_image(struct json *j, const char *path)
{
	if (restore_open(&restore, path) < 0 ||
	    restore_check_pages(&restore) < 0)
		return -1;
	cr_inspect(j, &restore.image);
	return 0;
}

static int inspect(struct json *j, const struct args *args, const char *name)
{
	if (strchr(name, '/'))
		return inspect_image(j, name);
	if (container_find(&container, args->state_dir, name) < 0)
		return -1;
	json_object(j, NULL);
	put_facts(j, &container);
	if (container.loaded && container_try_spec(&container, &spec) == 0)
		put_options(j);
	json_close(j);
	container_close(&container);
	return 0;
}

int cmd_inspect(const struct args *args)
{
	int status = 0;
	struct json j;

	json_begin(&j, STDOUT_FILENO);
	json_array(&j, NULL);
	for (int i = 0; i < args->count; i++)
		if (inspect(&j, args, args->operands[i]) < 0)
			status = STATUS_FAILED;
	json_close(&j);
	return json_end(&j) < 0 ? STATUS_FAILED : status;
}
