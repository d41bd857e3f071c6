/* devices.c - the devices of a container: its nodes, and the rules for them */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cgroup_control.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "container.h"
#include "container_find.h"
#include "devfilter.h"
#include "mount.h"
#include "node.h"
#include "spec.h"

static struct devfilter filter;

/* As the host has them. */
static struct node nodes[SPEC_DEVICES_MAX];
static mode_t modes[SPEC_DEVICES_MAX];

static int add_rule(struct devfilter *f, const struct node *node)
{
	const struct device_rule rule = {
		.allow = true,
		.access = (uint8_t)device_access(node->access),
		.type = node->type,
		.major = (int32_t)node->major,
		.minor = (int32_t)node->minor,
	};

	return devfilter_add(f, &rule);
}

int devices_plan(struct container *c, const struct spec *spec)
{
	static char access[SPEC_DEVICES_MAX][4];

	if (devfilter_fill(&filter, spec) < 0)
		return -1;
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct device_spec *d = spec->devices + i;

		if (node_look(d->source, nodes + i, modes + i) < 0)
			return -1;
		device_access_format(d->access, access[i]);
		nodes[i].access = access[i];
		nodes[i].path = d->target;
		/* Without a wall there is nothing to open in it. */
		if (filter.count && add_rule(&filter, nodes + i) < 0)
			return -1;
	}
	c->cgroup.devices = &filter;
	return spec->device_count
		       ? node_record(c->dir, nodes, spec->device_count)
		       : 0;
}

/* In a user namespace mknod(2) is refused; bind the host's. */
static int bind_node(int root, const char *path, const char *source)
{
	autofd int node = mount_copy(AT_FDCWD, source, false);
	autofd int target = node < 0 ? -1 : path_make_file_in(root, path);

	return target < 0 ? -1 : mount_attach(node, target, false);
}

void devices_make(int root, const struct spec *spec)
{
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct device_spec *d = spec->devices + i;

		if (node_make(root, nodes + i, modes[i]) < 0 &&
		    (errno != EPERM ||
		     bind_node(root, d->target, d->source) < 0))
			die("cannot create '%s' (--device)", d->target);
	}
}

static void add_visited(const struct node *node, void *failed)
{
	if (add_rule(&filter, node) < 0)
		*(int *)failed = -1;
}

int devices_update(const struct container *c, const struct node *node)
{
	static struct spec spec; /* large */
	const struct device_rule changed = {
		.type = node->type,
		.major = (int32_t)node->major,
		.minor = (int32_t)node->minor,
	};
	int version = cgroup_devices_version(), failed = 0;

	if (container_load_spec(c, &spec) < 0 || spec_finish(&spec) < 0 ||
	    devfilter_fill(&filter, &spec) < 0)
		return -1;
	if (!devfilter_has(&filter, version))
		return 0;
	node_each(c->dir, add_visited, &failed);
	if (failed < 0)
		return -1;
	if (cgroup_set_device(&c->cgroup, &filter, version, &changed) == 0)
		return 0;
	return fail("cannot change the device rules of '%s' for '%c %u:%u'",
		    c->name, node->type, node->major, node->minor);
}
