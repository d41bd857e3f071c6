/* shutdown.c - the way down
 *
 * shutdown lines, one after the other; then, if there are services with a stop
 * signal of their own, all services get theirs, and those have their time;
 * then TERM to everybody, and, a few seconds later, KILL.
 */
#include "shutdown.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "common/clock.h"
#include "common/report.h"
#include "console.h"
#include "inittab.h"
#include "machine.h"
#include "process.h"
#include "service.h"
#include "services.h"

enum {
	LINE_MS = 60000, /* for one shutdown line */
	CONTAINER_MS = 3000,
	MACHINE_MS = 5000,
	KILL_MS = 2000,     /* who is not gone by then never will be */
	STATUS_REBOOT = 129 /* see docs/minit.8 */
};

enum stage { RUNNING, LINES, SERVICES, REST, KILLED, OVER };

static enum stage stage;
static enum shutdown_kind kind;
static int status;
static int64_t end_ms = INT64_MAX; /* of this stage, whoever is left */
static unsigned int next_line;
static struct service *awaited;

bool shutdown_is_on(void)
{
	return stage != RUNNING;
}

int64_t shutdown_wake_ms(void)
{
	return end_ms;
}

static void enter(enum stage next, int64_t after_ms)
{
	stage = next;
	end_ms = now_ms() + after_ms;
}

/* With runlevels, what runs in level 0 or 6 is what sysvinit stops by. */
static bool is_shutdown_line(const struct line *line)
{
	char level = kind == SHUTDOWN_REBOOT ? '6' : '0';

	if (line->action & ACTION_SHUTDOWN)
		return true;
	return services_level() && *line->levels &&
	       line->action & (ACTION_WAIT | ACTION_ONCE) &&
	       line_is_for(line, level);
}

/* Start the next one; false when there is none. */
static bool start_line(void)
{
	while (next_line < services_count()) {
		awaited = service_at(next_line++);
		if (!is_shutdown_line(awaited->line))
			continue;
		awaited->last = true;
		service_handle(awaited, SERVICE_START);
		if (awaited->pid == 0)
			continue;
		enter(LINES, LINE_MS);
		return true;
	}
	return false;
}

static bool has_own_signal(const struct service *s)
{
	return s->pid && s->line->stop_signal;
}

static bool waits_for_service(void)
{
	for (unsigned int i = 0; i < services_count(); i++)
		if (has_own_signal(service_at(i)))
			return true;
	return false;
}

static void stop_services(void)
{
	int64_t longest_ms = 0;

	for (unsigned int i = 0; i < services_count(); i++) {
		struct service *s = service_at(i);

		if (has_own_signal(s) && s->line->stop_ms > longest_ms)
			longest_ms = s->line->stop_ms;
		service_handle(s, SERVICE_STOP);
	}
	/* A little more than the services' own time, after which they get
	 * KILL, so that they may be seen to end by it. */
	enter(SERVICES, longest_ms + 100);
}

static void stop_rest(void)
{
	kill(-1, SIGTERM);
	/* Shells at their prompts heed only the loss of their terminal. */
	for (unsigned int i = 0; i < services_count(); i++) {
		const struct service *s = service_at(i);

		if (s->pid && line_is_login(s->line))
			kill(-s->pid, SIGHUP);
	}
	kill(-1, SIGCONT);
	enter(REST, is_machine() ? MACHINE_MS : CONTAINER_MS);
}

static void slay(void)
{
	kill(-1, SIGKILL);
	enter(KILLED, KILL_MS);
}

static void go_on(bool alone)
{
	switch (stage) {
	case RUNNING:
	case LINES:
		if (!start_line())
			stop_services();
		break;
	case SERVICES:
		stop_rest();
		break;
	case REST:
		if (alone)
			stage = OVER;
		else
			slay();
		break;
	case KILLED:
		stage = OVER;
		break;
	case OVER:
		break;
	}
}

/* Is what this stage waits for still there? */
static bool must_wait(bool alone)
{
	if (now_ms() >= end_ms)
		return false;
	switch (stage) {
	case RUNNING:
		return true;
	case LINES:
		return awaited->pid;
	case SERVICES:
		return waits_for_service();
	case REST:
	case KILLED:
		return !alone;
	case OVER:
		break;
	}
	return false;
}

bool shutdown_step(bool alone)
{
	while (stage != RUNNING && stage != OVER && !must_wait(alone))
		go_on(alone);
	return stage == OVER;
}

void shutdown_begin(enum shutdown_kind wanted, int exit_with)
{
	if (stage != RUNNING) {
		end_ms = 0;
		return;
	}
	kind = wanted;
	status = exit_with;
	boot_stop();
	services_freeze();
	go_on(false);
}

/* The restart line's command in our place, with nothing of ours. */
static void become(void)
{
	for (unsigned int i = 0; i < services_count(); i++) {
		const struct line *line = service_at(i)->line;

		if (line->action == ACTION_RESTART)
			process_become(line);
	}
	warnx("there is no restart line that works");
}

void shutdown_end(void)
{
	if (kind == SHUTDOWN_RESTART)
		become();
	if (is_machine())
		machine_end(kind);
	/* It tells by our death whoever waits for us. */
	if (kind == SHUTDOWN_REBOOT) {
		machine_reboot(kind);
		_exit(STATUS_REBOOT);
	}
	_exit(status);
}
