/* exec.c - launch exec: one more command in a container that runs */
#include "launcher/exec.h"

#include <unistd.h>

#include "cmd.h"
#include "common/report.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/options.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static const char names[] =
	" env workdir user tty no-tty interactive state-dir json-errors help ";

static struct container container; /* large, as all three */
static struct spec wanted, theirs;

static int help(void)
{
	command_usage(command_find("exec"));
	options_help_some(STDOUT_FILENO, names);
	return 0;
}

int cmd_exec(int argc, char **argv)
{
	const char *name;
	int operand;

	spec_init(&wanted);
	operand = options_read_some(&wanted, argc, argv, names);
	if (operand < 0)
		return STATUS_USAGE;
	if (wanted.help)
		return help();
	if (operand + 2 > argc)
		return command_miscounted(command_find("exec"), true);
	name = argv[operand];
	wanted.argv = argv + operand + 1;
	if (spec_finish_env(&wanted) < 0 ||
	    container_find_running(&container, wanted.state_dir, name) < 0)
		return STATUS_FAILED;
	if (cgroup_is_frozen(&container.cgroup)) {
		failx("cannot run anything in '%s': it is frozen", name);
		return STATUS_FAILED;
	}
	if (container_load_spec(&container, &theirs) < 0 ||
	    spec_finish(&theirs) < 0)
		return STATUS_FAILED;
	return exec_in(&container, &theirs, &wanted);
}
