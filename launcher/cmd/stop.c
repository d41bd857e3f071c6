/* stop.c - launch stop: ask a container to end, and see to it */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/json.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "launcher/cgroup_control.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/container_prune.h"
#include "launcher/process.h"
#include "launcher/spec.h"

enum {
	KILL_MS = 5000,   /* for SIGKILL to do its work */
	SETTLE_MS = 2000, /* for a start, or the last steps of an end */
	POLL_MS = 2,
	CLEANUP_MS = 10000, /* for the launcher to clear away */
	SYSTEMD_HALT = 37,  /* SIGRTMIN+3, as the kernel counts */
};

static struct container container; /* large, as both */
static struct spec spec;

struct stopping {
	struct container *c;
	int signal;   /* that was sent first */
	bool unheard; /* ... and that the command does not know */
	bool killed;
};

/* What inits of all kinds take for a wish to end, not to start again.  The
 * command's own signals say which kind it is; TERM is for all others. */
static int fitting_signal(const struct container *c)
{
	const uint64_t halt = 1ULL << (SYSTEMD_HALT - 1);
	const uint64_t usr2 = 1ULL << (SIGUSR2 - 1);
	uint64_t known = 0;

	signals_of(c->pid, &known);
	if (!spec.init_command)
		return SIGTERM;
	if (known & halt)
		return SYSTEMD_HALT;             /* systemd, minit */
	return known & usr2 ? SIGUSR2 : SIGTERM; /* busybox */
}

static bool is_heard(const struct container *c, int number)
{
	uint64_t known;

	return signals_of(c->pid, &known) < 0 || known >> (number - 1) & 1;
}

/* So that it is not started again. */
static int forbid_restart(const struct container *c)
{
	autofd int file =
		openat(c->dir, "stop", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (file < 0 && errno != ENOENT)
		return fail("cannot write to the state of '%s'", c->name);
	return 0;
}

static void kill_it(struct stopping *s)
{
	s->killed = true;
	/* What is frozen does not die. */
	cgroup_set_frozen(&s->c->cgroup, false);
	container_signal(s->c, SIGKILL);
}

static int ask_and_wait(struct stopping *s)
{
	int64_t timeout_ms = spec.stop_timeout_ms ? spec.stop_timeout_ms
						  : SPEC_STOP_TIMEOUT_MS;

	s->signal = spec.stop_signal ? spec.stop_signal : fitting_signal(s->c);
	s->unheard = !is_heard(s->c, s->signal);
	cgroup_set_frozen(&s->c->cgroup, false);
	if (s->unheard || container_signal(s->c, s->signal) < 0 ||
	    container_wait_end(s->c, (int)timeout_ms) > 0)
		kill_it(s);
	if (container_wait_end(s->c, KILL_MS) > 0)
		return failx("cannot stop '%s': it does not die", s->c->name);
	return 0;
}

/* Between two lives there is only the launcher to talk to. */
static void end_launcher(const struct container *c)
{
	autofd int pidfd = proc_open(c->launcher, c->launcher_start);

	if (pidfd >= 0)
		sys_pidfd_send_signal(pidfd, SIGTERM);
	else if (errno == ENOSYS &&
		 proc_start_time(c->launcher) == c->launcher_start)
		kill(c->launcher, SIGTERM);
}

static void print(const struct stopping *s, bool json)
{
	const char *name = s->c->name, *signal = signal_name(s->signal);
	struct json j;

	if (json) {
		json_begin(&j, STDOUT_FILENO);
		json_object(&j, NULL);
		json_text(&j, "name", name);
		json_text(&j, "signal", s->killed ? "KILL" : signal);
		json_bool(&j, "killed", s->killed);
		json_close(&j);
		json_end(&j);
	} else if (!s->killed) {
		dprintf(STDOUT_FILENO, "%s: ended by %s\n", name, signal);
	} else {
		dprintf(STDOUT_FILENO, "%s: killed, as it %s %s\n", name,
			s->unheard ? "does not know" : "has not ended by",
			signal);
	}
}

/* One that came to start it again just before our wish was there has not seen
 * it, and hears it now; who is clearing away hears nothing any more. */
static int await_launcher(const struct container *c)
{
	if (container_wait_launcher(c, SETTLE_MS) == 0)
		return 0;
	end_launcher(c);
	if (container_wait_launcher(c, CLEANUP_MS) == 0)
		return 0;
	return failx("cannot stop '%s': its launcher (process %d) does not end",
		     c->name, c->launcher);
}

static int stop_found(struct stopping *s, bool json)
{
	struct container *c = s->c;
	enum container_life life = container_life(c);

	if (life == LIFE_LOST) {
		container_prune_one(c->rundir, c->name);
		s->killed = true;
		s->signal = SIGKILL;
		print(s, json);
		return 0;
	}
	if (life == LIFE_STARTING)
		return failx("cannot stop '%s': it is starting", c->name);
	if (container_try_spec(c, &spec) == 0 && spec_finish(&spec) < 0)
		return -1;
	if (forbid_restart(c) < 0)
		return -1;
	s->signal = SIGTERM;
	if (life == LIFE_RESTARTING)
		end_launcher(c);
	else if (life == LIFE_RUNNING && ask_and_wait(s) < 0)
		return -1;
	if (await_launcher(c) < 0)
		return -1;
	print(s, json);
	return 0;
}

/* One without a state is about to have one, or has had one.  If it is held up on
 * the way, its launcher looks for our wish.  1: it is gone. */
static int find_settled(const struct args *args, const char *name)
{
	const int64_t until = now_ms() + SETTLE_MS;
	bool told = false;

	for (;;) {
		/* What we have told may be gone at any time. */
		if (told)
			container_look(&container);
		else if (container_find(&container, args->state_dir, name) < 0)
			return -1;
		if (container_life(&container) != LIFE_STARTING ||
		    now_ms() > until + KILL_MS)
			return 0;
		if (!told && now_ms() > until) {
			if (forbid_restart(&container) < 0)
				return -1;
			told = true;
		}
		poll(NULL, 0, POLL_MS);
		if (!told)
			container_close(&container);
		else if (container_is_removed(&container))
			return 1;
	}
}

static int stop(const struct args *args, const char *name)
{
	struct stopping s = { .c = &container, .signal = SIGTERM };
	int result = find_settled(args, name);

	if (result < 0)
		return -1;
	if (result == 0)
		result = stop_found(&s, args->json);
	else
		print(&s, args->json);
	container_close(&container);
	return result < 0 ? -1 : 0;
}

int cmd_stop(const struct args *args)
{
	int status = 0;

	for (int i = 0; i < args->count; i++)
		if (stop(args, args->operands[i]) < 0)
			status = STATUS_FAILED;
	return status;
}
