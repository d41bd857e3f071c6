/* kill.c - launch kill: send a signal to a container's first process */
#include <errno.h>
#include <signal.h>

#include "cmd.h"
#include "common/report.h"
#include "common/signals.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/process.h"

static struct container container; /* large */

int cmd_kill(const struct args *args)
{
	const char *name = args->operands[0];
	const char *text = args->count > 1 ? args->operands[1] : "KILL";
	int number = signal_number(text);
	int result;

	if (number == 0) {
		failx("bad signal '%s' (such as TERM)", text);
		return STATUS_USAGE;
	}
	if (container_find_running(&container, args->state_dir, name) < 0)
		return STATUS_FAILED;
	if (number == SIGKILL)
		cgroup_set_frozen(&container.cgroup, false);
	result = container_signal(&container, number);
	container_close(&container);
	if (result == 0)
		return 0;
	fail("cannot send %s to '%s'", signal_name(number), name);
	return STATUS_FAILED;
}
