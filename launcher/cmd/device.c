/* device.c - launch device: plug devices into a container and out again */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/json.h"
#include "common/report.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/devices.h"
#include "launcher/event.h"
#include "launcher/net_plug.h"
#include "launcher/node.h"
#include "launcher/process.h"

static struct container container; /* large */

/* Of the container, opened while it surely is the one. */
static int open_of(const char *what, int flags)
{
	autofd int fd = -1;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", container.pid, what);
	fd = openat(AT_FDCWD, path, flags | O_CLOEXEC);
	if (fd < 0 || container_signal(&container, 0) < 0)
		return failx("cannot use '%s': it has ended", container.name);
	return fd_take(&fd);
}

static bool is_node(const char *device)
{
	return device[0] == '/';
}

static int add_node(const char *device, const char *as)
{
	autofd int root = open_of("root", O_PATH | O_DIRECTORY);
	struct node node, made;
	mode_t mode;

	if (root < 0 || node_look(device, &node, &mode) < 0)
		return -1;
	node.path = as ? as : device;
	if (!is_node(node.path))
		return failx("cannot create '%s': it has to begin with /",
			     node.path);
	if (node_add(container.dir, root, &node, mode) < 0)
		return -1;
	if (devices_update(&container, &node) == 0)
		return 0;
	node_remove(container.dir, root, node.path, &made);
	return -1;
}

static int del_node(const char *device)
{
	autofd int root = open_of("root", O_PATH | O_DIRECTORY);
	struct node node;

	if (root < 0 || node_remove(container.dir, root, device, &node) < 0)
		return -1;
	return devices_update(&container, &node);
}

static bool is_ours(int netns)
{
	struct stat theirs, ours;

	return fstat(netns, &theirs) == 0 &&
	       stat("/proc/self/ns/net", &ours) == 0 &&
	       theirs.st_ino == ours.st_ino;
}

static int plug(const struct args *args, const char *device, const char *as,
		bool in)
{
	autofd int netns = open_of("ns/net", O_RDONLY);
	struct net_plug p = {
		.container = container.name,
		.device = device,
		.as = as,
		.up = args->up,
		.no_addresses = args->no_addresses,
		.pid = container.pid,
		.netns = netns,
	};

	if (netns < 0)
		return -1;
	if (is_ours(netns))
		return failx("cannot move '%s': '%s' has no network of its own",
			     device, container.name);
	return in ? net_plug(&container.net, &p)
		  : net_unplug(&container.net, &p);
}

static int change(const struct args *args, bool in)
{
	const char *device = args->operands[2];
	const char *as = args->count > 3 ? args->operands[3] : NULL;
	struct event event = {
		.kind = in ? "device-add" : "device-del",
		.device = device,
	};
	autofd int lock = container_lock(container.dir);
	int result;

	if (lock < 0)
		return failx("cannot use '%s': it has ended", container.name);
	if (is_node(device))
		result = in ? add_node(device, as) : del_node(device);
	else
		result = plug(args, device, as, in);
	if (result == 0)
		event_tell(container.rundir, container.name, &event);
	return result;
}

struct listing {
	bool as_json;
	struct json json;
};

static void print(struct listing *l, const char *kind, const char *device,
		  const char *inside)
{
	if (!l->as_json) {
		dprintf(STDOUT_FILENO, "%-5s %-20s %s\n", kind, device,
			inside ? inside : "-");
		return;
	}
	json_object(&l->json, NULL);
	json_text(&l->json, "kind", kind);
	json_text(&l->json, "device", device);
	json_text(&l->json, "name", inside);
	json_close(&l->json);
}

static void print_plugged(const char *device, const char *inside, void *arg)
{
	print(arg, "net", device, inside);
}

static void print_node(const struct node *node, void *arg)
{
	char device[48];

	snprintf(device, sizeof(device), "%c %u:%u", node->type, node->major,
		 node->minor);
	print(arg, "node", device, node->path);
}

static int list(const struct args *args)
{
	struct listing l = { .as_json = args->json };

	json_begin(&l.json, STDOUT_FILENO);
	if (args->json)
		json_array(&l.json, NULL);
	else
		dprintf(STDOUT_FILENO, "%-5s %-20s %s\n", "KIND", "DEVICE",
			"NAME");
	net_each_plugged(&container.net, print_plugged, &l);
	node_each(container.dir, print_node, &l);
	if (args->json) {
		json_close(&l.json);
		json_end(&l.json);
	}
	return 0;
}

int cmd_device(const struct args *args)
{
	const char *verb = args->operands[0];
	bool add = strcmp(verb, "add") == 0, del = strcmp(verb, "del") == 0;
	int result;

	if ((!add && !del && strcmp(verb, "list") != 0) ||
	    (add || del ? args->count < 3 : args->count != 2)) {
		failx("cannot run 'device': bad words (launch device add|del NAME DEVICE [AS], or list NAME)");
		return STATUS_USAGE;
	}
	if (container_find_running(&container, args->state_dir,
				   args->operands[1]) < 0)
		return STATUS_FAILED;
	result = add || del ? change(args, add) : list(args);
	container_close(&container);
	return result < 0 ? STATUS_FAILED : 0;
}
