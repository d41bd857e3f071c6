/* machine.c - being PID 1 of a machine rather than of a container */
#include "machine.h"

#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "process.h"

static bool machine;

void machine_detect(void)
{
	/* In another than the first pid namespace EINVAL, or EPERM. */
	machine = reboot(RB_DISABLE_CAD) == 0;
}

bool is_machine(void)
{
	return machine;
}

void machine_mount(void)
{
}

void machine_reboot(enum shutdown_kind kind)
{
	static const int commands[] = {
		[SHUTDOWN_HALT] = RB_HALT_SYSTEM,
		[SHUTDOWN_POWEROFF] = RB_POWER_OFF,
		[SHUTDOWN_REBOOT] = RB_AUTOBOOT,
		[SHUTDOWN_RESTART] = RB_AUTOBOOT,
	};

	reboot(commands[kind]);
}

void machine_end(enum shutdown_kind kind)
{
	sync();
	/* The kernel ends the caller of a halt: that must not be PID 1. */
	if (process_fork() == 0) {
		machine_reboot(kind);
		_exit(1);
	}
	for (;;)
		pause();
}
