/* early.c - PID 1, before its first line */
#include "early.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "console.h"
#include "machine.h"
#include "process.h"

void early(void)
{
	report_to(console_report);
	if (is_machine())
		machine_mount();
	/* What was ignored before would be so in every service. */
	signals_reset(~UINT64_C(0));
	sys_close_range(3, ~0U, 0);
	console_adopt();
	umask(022);
	if (chdir("/") < 0)
		warn("cannot change to '/'");
	environment_prepare();
}
