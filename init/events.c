/* events.c - the one loop: signals, time, and what they lead to */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "control.h"
#include "hotplug.h"
#include "inittab.h"
#include "machine.h"
#include "service.h"
#include "services.h"
#include "shutdown.h"

/* Those of systemd, which container managers send. */
enum { HALT_37 = 37, POWEROFF_38 = 38, REBOOT_39 = 39 };

typedef struct signalfd_siginfo received;

static void reload(const received *r)
{
	(void)r;
	if (!shutdown_is_on())
		boot_load();
}

static void halt(const received *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_HALT, 0);
}

static void power_off(const received *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_POWEROFF, 0);
}

static void restart(const received *r)
{
	(void)r;
	if (services_have(ACTION_RESTART))
		shutdown_begin(SHUTDOWN_RESTART, 0);
}

static void start_anew(const received *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_REBOOT, 0);
}

/* busybox's reboot sends it, and so does whoever stops a container: the one
 * from inside, the other from outside, where the kernel shows no pid. */
static void terminate(const received *r)
{
	if (is_machine() || r->ssi_pid != 0)
		start_anew(r);
	else
		power_off(r);
}

static void interrupt(const received *r)
{
	if (services_have(ACTION_CTRLALTDEL))
		services_start(ACTION_CTRLALTDEL);
	else if (is_machine())
		start_anew(r);
	else
		power_off(r);
}

/* sysvinit's: F(ailing), L(ow), O(kay). */
static unsigned int power_actions(void)
{
	char state[8] = "F";

	if (read_file_at(AT_FDCWD, "/var/run/powerstatus", state,
			 sizeof(state)) < 0)
		read_file_at(AT_FDCWD, "/etc/powerstatus", state,
			     sizeof(state));
	switch (state[0]) {
	case 'O':
		return ACTION_POWEROKWAIT;
	case 'L':
		return ACTION_POWERFAILNOW;
	default:
		return ACTION_POWERFAIL | ACTION_POWERWAIT;
	}
}

/* LXC stops containers by it. */
static void power_fails(const received *r)
{
	unsigned int actions = power_actions();

	if (!is_machine() || !services_have(actions))
		power_off(r);
	else
		services_start(actions);
}

static void keyboard_asks(const received *r)
{
	(void)r;
	services_start(ACTION_KBREQUEST);
}

static const struct {
	int number;
	void (*react)(const received *r);
} reactions[] = {
	{ SIGHUP, reload },        { SIGINT, interrupt },
	{ SIGQUIT, restart },      { SIGUSR1, halt },
	{ SIGUSR2, power_off },    { SIGTERM, terminate },
	{ SIGPWR, power_fails },   { SIGWINCH, keyboard_asks },
	{ HALT_37, halt },         { POWEROFF_38, power_off },
	{ REBOOT_39, start_anew },
};

static void read_signals(int fd)
{
	received r;

	while (read(fd, &r, sizeof(r)) == sizeof(r))
		for (size_t i = 0; i < COUNT(reactions); i++)
			if (reactions[i].number == (int)r.ssi_signo)
				reactions[i].react(&r);
}

/* Returns whether nobody is left. */
static bool reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		services_reaped(pid, status);
	return pid < 0 && errno == ECHILD;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int timeout_ms(void)
{
	int64_t now = now_ms();
	int64_t at = earlier(services_wake_ms(),
			     earlier(shutdown_wake_ms(), control_wake_ms()));

	if (at == INT64_MAX)
		return -1;
	if (at <= now)
		return 0;
	return at - now < INT_MAX ? (int)(at - now) : INT_MAX;
}

/* What follows from what has happened. */
static void settle(void)
{
	bool alone = reap();

	services_tick();
	boot_step();
	if (services_are_parked())
		hotplug_want();
	control_settle();
	if (service_main_status() >= 0 && !shutdown_is_on())
		shutdown_begin(SHUTDOWN_POWEROFF, service_main_status());
	if (shutdown_step(alone))
		shutdown_end();
}

void events_loop(char level)
{
	enum { SIGNALS, HOTPLUG, CONTROL, FDS = CONTROL + CONTROL_FDS };
	struct pollfd fds[FDS] = { 0 };

	fds[SIGNALS].fd = signals_open();
	fds[SIGNALS].events = fds[HOTPLUG].events = POLLIN;
	if (fds[SIGNALS].fd < 0)
		warn("cannot read signals");
	boot_begin(level);
	for (;;) {
		settle();
		fds[HOTPLUG].fd = hotplug_fd();
		control_watch(fds + CONTROL);
		if (poll(fds, FDS, timeout_ms()) <= 0)
			continue;
		if (fds[SIGNALS].revents)
			read_signals(fds[SIGNALS].fd);
		if (fds[HOTPLUG].revents)
			hotplug_drain();
		control_handle(fds + CONTROL);
	}
}
