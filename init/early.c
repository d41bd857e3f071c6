/* early.c - PID 1, before its first line */
#include "early.h"

#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "console.h"
#include "machine.h"
#include "process.h"

/* What was ignored before would be so in every service.  The kernel's own
 * call, as the libc keeps two numbers to itself. */
static void reset_dispositions(void)
{
	const uint64_t normal[4] = { 0 };

	for (int i = 1; i <= SIGNALS_MAX; i++)
		syscall(SYS_rt_sigaction, i, normal, NULL, 8);
}

void early(void)
{
	report_to(console_report);
	if (is_machine())
		machine_mount();
	reset_dispositions();
	console_adopt();
	sys_close_range(3, ~0U, 0);
	umask(022);
	if (chdir("/") < 0)
		warn("cannot change to '/'");
	environment_prepare();
}
