/* update.c - launch update: change the limits of a container that runs */
#include <fcntl.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/report.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/event.h"
#include "launcher/options.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static const char names[] = " memory memory-swap cpus cpuset-cpus cpuset-mems "
			    "pids-limit state-dir json-errors help ";

static struct container container; /* large, as all three */
static struct spec spec, theirs;

/* For inspect, and for its next life: see update_limits() of life.c. */
static int keep(const char *name)
{
	autofd int lock = container_lock(container.dir);
	int mark;

	if (lock < 0)
		return failx("cannot keep the limits of '%s': it has ended",
			     name);
	if (container_load_spec(&container, &theirs) < 0)
		return -1;
	spec_take_limits(&theirs.cgroup, &spec.cgroup);
	mark = openat(container.dir, "updated", O_WRONLY | O_CREAT | O_CLOEXEC,
		      0600);
	if (mark < 0)
		return fail("cannot write to the state of '%s'", name);
	close(mark);
	return container_save_spec(&container, &theirs);
}

static int update(const char *name)
{
	struct event event = { .kind = "update" };

	if (container_find_running(&container, spec.state_dir, name) < 0 ||
	    cgroup_update(&container.cgroup, &spec.cgroup, name) < 0 ||
	    keep(name) < 0)
		return STATUS_FAILED;
	event_tell(container.rundir, name, &event);
	container_close(&container);
	return 0;
}

/* Options may stand on both sides of the name. */
int cmd_update(int argc, char **argv)
{
	const char *name;
	int operand;

	spec_init(&spec);
	operand = options_read_some(&spec, argc, argv, names);
	if (operand < 0)
		return STATUS_USAGE;
	if (spec.help) {
		command_usage(command_find("update"));
		options_help_some(STDOUT_FILENO, names);
		return 0;
	}
	if (operand == argc)
		return command_miscounted(command_find("update"), true);
	name = argv[operand];
	argv += operand;
	argc -= operand;
	operand = options_read_some(&spec, argc, argv, names);
	if (operand < 0)
		return STATUS_USAGE;
	if (operand < argc)
		return command_miscounted(command_find("update"), false);
	return spec_check_memory(&spec.cgroup) < 0 ? STATUS_USAGE
						   : update(name);
}
