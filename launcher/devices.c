/* devices.c - the devices of a container: its nodes, and the rules for them */
#include "devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cgroup_control.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "container.h"
#include "container_find.h"
#include "devfilter.h"
#include "mount.h"
#include "node.h"
#include "spec.h"

static struct devfilter filter;

enum {
	NODES_MAX = 128,
	NAMES_MAX = 8192, /* of what is found in directories */
};

/* As the host has them. */
static struct node nodes[NODES_MAX];
static struct origin {
	const char *source;
	mode_t mode;
	char access[4];
} origins[NODES_MAX];
static size_t count;
static char names[NAMES_MAX];
static size_t names_used;

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

/* A file of a directory; the text lasts as long as the plan.  NULL: no room. */
static const char *join(const char *dir, const char *name)
{
	char *text = names + names_used;
	size_t room = sizeof(names) - names_used;

	if (format(text, room, "%s/%s", dir, name) < 0)
		return NULL;
	names_used += strlen(text) + 1;
	return text;
}

static int plan(const char *source, const char *target, unsigned int access)
{
	if (!source || !target || count == NODES_MAX)
		return failx(
			"cannot take more than %d devices and directories (--device)",
			NODES_MAX);
	device_access_format(access, origins[count].access);
	origins[count].source = source;
	nodes[count++] = (struct node){ .path = target };
	return 0;
}

/* Its nodes and directories, to be looked at in their turn; a symlink could lead
 * anywhere, and the container may have it as well. */
static int plan_dir(const char *source, const char *target, unsigned int access)
{
	DIR *list = opendir(source);
	const struct dirent *entry;
	int result = 0;

	if (!list)
		return fail("cannot look into '%s' (--device)", source);
	while (result == 0 && (entry = readdir(list))) {
		struct stat st;

		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(list), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !(S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) ||
		      S_ISBLK(st.st_mode)))
			continue;
		result = plan(join(source, entry->d_name),
			      join(target, entry->d_name), access);
	}
	closedir(list);
	return result;
}

/* Directories make way for what is in them: the list grows while we walk. */
static int look_at_all(const struct spec *spec)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct origin o = origins[i];
		struct stat st;

		if (stat(o.source, &st) == 0 && S_ISDIR(st.st_mode)) {
			if (plan_dir(o.source, nodes[i].path,
				     device_access(o.access)) < 0)
				return -1;
			continue;
		}
		nodes[kept].path = nodes[i].path;
		if (node_look(o.source, nodes + kept, &o.mode) < 0)
			return -1;
		origins[kept] = o;
		nodes[kept].access = origins[kept].access;
		/* Without a wall there is nothing to open in it. */
		if (filter.count && add_rule(&filter, nodes + kept) < 0)
			return -1;
		kept++;
	}
	if (count > 0 && kept == 0)
		return failx("cannot find a device below '%s' (--device)",
			     spec->devices[0].source);
	count = kept;
	return 0;
}

int devices_plan(struct container *c, const struct spec *spec)
{
	count = names_used = 0;
	if (devfilter_fill(&filter, spec) < 0)
		return -1;
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct device_spec *d = spec->devices + i;

		if (plan(d->source, d->target, d->access) < 0)
			return -1;
	}
	if (look_at_all(spec) < 0)
		return -1;
	c->cgroup.devices = &filter;
	return count ? node_record(c->dir, nodes, count) : 0;
}

/* In a user namespace mknod(2) is refused; bind the host's. */
static int bind_node(int root, const char *path, const char *source)
{
	autofd int node = mount_copy(AT_FDCWD, source, false);
	autofd int target = node < 0 ? -1 : path_make_file_in(root, path);

	return target < 0 ? -1 : mount_attach(node, target, false);
}

void devices_make(int root)
{
	for (size_t i = 0; i < count; i++)
		if (node_make(root, nodes + i, origins[i].mode) < 0 &&
		    (errno != EPERM ||
		     bind_node(root, nodes[i].path, origins[i].source) < 0))
			die("cannot create '%s' (--device)", nodes[i].path);
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
