/* signals.c - signals by name, number and all at once */
#include "signals.h"

#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"

static const char *const names[32] = {
	[SIGHUP] = "HUP",       [SIGINT] = "INT",       [SIGQUIT] = "QUIT",
	[SIGILL] = "ILL",       [SIGTRAP] = "TRAP",     [SIGABRT] = "ABRT",
	[SIGBUS] = "BUS",       [SIGFPE] = "FPE",       [SIGKILL] = "KILL",
	[SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",     [SIGALRM] = "ALRM",     [SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD",     [SIGCONT] = "CONT",
	[SIGSTOP] = "STOP",     [SIGTSTP] = "TSTP",     [SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",     [SIGURG] = "URG",       [SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",     [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
	[SIGWINCH] = "WINCH",   [SIGIO] = "IO",         [SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
};

/* Real-time ones, relative to one end: "RTMIN+3", "RTMAX-1". */
static int realtime_number(const char *name)
{
	uint64_t offset = 0;

	if (strncasecmp(name, "RTMIN", 5) == 0) {
		if (name[5] &&
		    (name[5] != '+' || parse_uint(name + 6, 30, &offset) < 0))
			return 0;
		return SIGNAL_RTMIN + (int)offset;
	}
	if (strncasecmp(name, "RTMAX", 5) == 0) {
		if (name[5] &&
		    (name[5] != '-' || parse_uint(name + 6, 30, &offset) < 0))
			return 0;
		return SIGNALS_MAX - (int)offset;
	}
	return 0;
}

int signal_number(const char *name)
{
	uint64_t number;

	if (parse_uint(name, SIGNALS_MAX, &number) == 0)
		return (int)number;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < 32; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return realtime_number(name);
}

const char *signal_name(int number)
{
	static char text[8];

	if (number > 0 && number < 32)
		return names[number];
	snprintf(text, sizeof(text), "%d", number);
	return text;
}

int signals_block_all(uint64_t *old)
{
	uint64_t all = ~(uint64_t)0;

	return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, old,
			    sizeof(all));
}

int signals_set_mask(const uint64_t *mask)
{
	return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL,
			    sizeof(*mask));
}
