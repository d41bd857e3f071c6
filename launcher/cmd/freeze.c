/* freeze.c - launch freeze, launch thaw: stop a container where it is */
#include <errno.h>

#include "cmd.h"
#include "common/report.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/event.h"
#include "launcher/process.h"

static struct container container; /* large */

static int set_frozen(const struct args *args, const char *name, bool frozen)
{
	struct event event = { .kind = frozen ? "freeze" : "thaw" };

	if (container_find_running(&container, args->state_dir, name) < 0)
		return -1;
	if (cgroup_set_frozen(&container.cgroup, frozen) < 0)
		return fail(
			"cannot %s '%s'%s", event.kind, name,
			errno == ENOENT
				? " (it has no cgroup for that: see --detach)"
				: "");
	event_tell(container.rundir, name, &event);
	container_close(&container);
	return 0;
}

static int set_all(const struct args *args, bool frozen)
{
	int status = 0;

	for (int i = 0; i < args->count; i++)
		if (set_frozen(args, args->operands[i], frozen) < 0)
			status = STATUS_FAILED;
	return status;
}

int cmd_freeze(const struct args *args)
{
	return set_all(args, true);
}

int cmd_thaw(const struct args *args)
{
	return set_all(args, false);
}
