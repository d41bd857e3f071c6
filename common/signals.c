/* signals.c - signals by name, number and all at once */
#include "signals.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "count.h"
#include "io.h"
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

/* Up to 16 digits; false when there is none. */
static bool take_hex(const char *text, uint64_t *value)
{
	int digits = 0;

	for (*value = 0; digits < 16; digits++, text++) {
		char c = *text;

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return digits > 0;
}

int signals_wait(int timeout_ms)
{
	uint64_t all = ~(uint64_t)0;
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};

	return (int)syscall(SYS_rt_sigtimedwait, &all, NULL,
			    timeout_ms < 0 ? NULL : &timeout, sizeof(all));
}

int signals_open(void)
{
	uint64_t all = ~(uint64_t)0;

	return (int)syscall(SYS_signalfd4, -1, &all, sizeof(all),
			    SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A mask of /proc/PID/status, such as "SigIgn:\t". */
static bool find_mask(const char *status, const char *key, uint64_t *mask)
{
	const char *line = status;

	while (line && !starts_with(line, key)) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line && take_hex(line + strlen(key), mask);
}

/* The kernel's own structure: musl keeps three signals to itself. */
struct kernel_action {
	signal_handler *handler;
	unsigned long rest[3]; /* flags, restorer, mask */
};

static uint64_t ask_for_each(void)
{
	struct kernel_action action;
	uint64_t mask = 0;

	for (int i = 1; i <= SIGNALS_MAX; i++)
		if (syscall(SYS_rt_sigaction, i, NULL, &action, 8) == 0 &&
		    action.handler == SIG_IGN)
			mask |= 1ULL << (i - 1);
	return mask;
}

/* One read instead of 64 calls of sigaction(2), where there is a /proc. */
uint64_t signals_ignored(void)
{
	char status[4096];
	uint64_t mask;

	if (read_file_at(AT_FDCWD, "/proc/self/status", status,
			 sizeof(status)) < 0 ||
	    !find_mask(status, "SigIgn:\t", &mask))
		return ask_for_each();
	return mask;
}

/* Those that a process waits for in sigtimedwait(2), as busybox's init does:
 * meanwhile the kernel says that they are not blocked.  /proc/PID/syscall is
 * "NUMBER 0xSET ..." */
static uint64_t awaited_by(pid_t pid)
{
	char path[32], text[256];
	char *set, *rest = text;
	uint64_t number, at, mask = 0;
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	if (read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	set = split_at(rest, ' ');
	if (!set || parse_uint(rest, INT_MAX, &number) < 0 ||
	    number != SYS_rt_sigtimedwait || !starts_with(set, "0x") ||
	    !take_hex(set + 2, &at))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		return 0;
	if (pread(memory, &mask, sizeof(mask), (off_t)at) != sizeof(mask))
		mask = 0;
	close(memory);
	return mask;
}

int signals_of(pid_t pid, uint64_t *known)
{
	static const char *const keys[] = { "SigBlk:\t", "SigIgn:\t",
					    "SigCgt:\t" };
	char path[32], status[4096];
	uint64_t mask;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (read_file_at(AT_FDCWD, path, status, sizeof(status)) < 0)
		return -1;
	*known = 0;
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (!find_mask(status, keys[i], &mask))
			return -1;
		*known |= mask;
	}
	*known |= awaited_by(pid);
	return 0;
}

signal_handler *signal_set(int number, signal_handler *handler)
{
	struct kernel_action wanted = { .handler = handler };
	struct kernel_action old = { .handler = SIG_ERR };

	if (syscall(SYS_rt_sigaction, number, &wanted, &old, 8) < 0)
		return SIG_ERR;
	return old.handler;
}

void signals_reset(uint64_t mask)
{
	for (int i = 1; i <= SIGNALS_MAX; i++)
		if (mask >> (i - 1) & 1)
			signal_set(i, SIG_DFL);
}
