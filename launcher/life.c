/* life.c - the lives of a container, from the first start to the last end */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_control.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/json.h"
#include "common/report.h"
#include "common/signals.h"
#include "container_find.h"
#include "detach.h"
#include "event.h"
#include "node.h"
#include "process.h"
#include "seccomp.h"
#include "start.h"
#include "supervise.h"

enum {
	BACKOFF_MS = 100, /* after the first crash; doubles */
	BACKOFF_MAX_MS = 30000,
	STABLE_MS = 10000, /* who runs as long has not crashed */
	REBOOT_MS = 1000,  /* who runs as long may reboot at once */
};

struct life {
	struct start *start;
	struct keeper keeper;
	int ready;    /* to be told; -1: nobody, or already */
	pid_t parent; /* --die-with-parent; 0: no */
	unsigned int failures;
	int backoff_ms;
	struct outcome outcome;
};

/* The log of a supervisor that nobody hears any more. */
static struct log *report_log;

static void report_to_log(const char *line)
{
	char text[600];
	size_t n = snprintf(text, sizeof(text), "launch: %s\n", line);

	log_write(report_log, text, n < sizeof(text) ? n : sizeof(text));
}

/* What is no file, /dev/stdout or a fifo, is not ours to remove. */
static void remove_pid_file(const struct spec *spec)
{
	struct stat st;

	if (spec->pid_file && lstat(spec->pid_file, &st) == 0 &&
	    S_ISREG(st.st_mode))
		unlink(spec->pid_file);
}

static int write_pid_file(const struct spec *spec, const struct container *c)
{
	autofd int file = -1;

	if (!spec->pid_file)
		return 0;
	file = openat(AT_FDCWD, spec->pid_file,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file >= 0 && dprintf(file, "%d\n", c->pid) > 0)
		return 0;
	fail("cannot write '%s' (--pid-file)", spec->pid_file);
	if (file >= 0)
		remove_pid_file(spec);
	return -1;
}

static void tell(const struct life *l, const struct event *event)
{
	const struct container *c = l->start->container;
	int fd = l->start->spec->status_fd;
	struct json j;

	event_tell(c->rundir, c->name, event);
	if (fd <= 0)
		return;
	json_begin(&j, fd);
	event_write(&j, c->name, event);
	json_end(&j); /* a reader that is gone does not want to know */
}

static void tell_start(const struct life *l)
{
	const struct container *c = l->start->container;
	struct event event = { .kind = c->restarts ? "restart" : "start" };

	event.pid = c->pid;
	tell(l, &event);
}

static void tell_end(const struct life *l)
{
	const struct container *c = l->start->container;
	const struct outcome *o = &l->outcome;
	struct event event = {
		.kind = "exit",
		.ended = true,
		.exit = o->status,
		.signal = o->signal,
		.oom = o->oom,
		.timed_out = o->timed_out,
	};

	if (l->start->spec->status_fd <= 0 && !event_is_heard(c->rundir))
		return;
	event.memory_peak = cgroup_memory_peak(&c->cgroup);
	tell(l, &event);
}

/* The supervisor's own ends, before the first start. */
static int prepare(struct life *l)
{
	struct start *s = l->start;
	int ends[2];

	s->input = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
	if (s->input < 0)
		return fail("cannot open '/dev/null' (--detach)");
	if (s->tty)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot create a pipe (--detach)");
	l->keeper.output = ends[0];
	s->output = ends[1];
	return 0;
}

/* It runs: now there is somebody to have a log and a console. */
static int open_keeper(struct life *l)
{
	const struct spec *spec = l->start->spec;
	const struct container *c = l->start->container;
	uint64_t size = spec->log_size ? spec->log_size : SPEC_LOG_SIZE;

	if (!l->keeper.detached || l->keeper.log.file >= 0)
		return 0;
	if (log_open(&l->keeper.log, c->dir, size) < 0)
		return fail("cannot create the log of '%s'", c->name);
	if (l->start->tty && attach_listen(&l->keeper.attach, c->dir) < 0)
		return fail("cannot create the console of '%s'", c->name);
	return 0;
}

/* While it runs there is time for what was not needed to start it. */
static int settle(struct life *l)
{
	struct start *s = l->start;
	struct container *c = s->container;

	c->tty = s->tty;
	if (container_save_spec(c, s->spec) < 0 ||
	    seccomp_save(s->spec, c->dir) < 0 || open_keeper(l) < 0 ||
	    container_save(c) < 0 || write_pid_file(s->spec, c) < 0)
		return -1;
	tell_start(l);
	if (l->ready < 0)
		return 0;
	report_log = &l->keeper.log;
	report_default(report_to_log);
	detach_settle(l->ready, s->input);
	l->ready = -1;
	return 0;
}

static bool is_told_to_stop(const struct life *l)
{
	return faccessat(l->start->container->dir, "stop", F_OK, 0) == 0;
}

static bool wants_restart(struct life *l)
{
	const struct spec *spec = l->start->spec;
	const struct outcome *o = &l->outcome;

	if (o->told || spec->restart == RESTART_NO || is_told_to_stop(l))
		return false;
	if (o->reboot || spec->restart == RESTART_ALWAYS)
		return true;
	return spec->restart == RESTART_ON_FAILURE && o->status != 0 &&
	       (!spec->restart_max || l->failures < spec->restart_max);
}

/* Wait before the next life; false: we are told to end meanwhile. */
static bool back_off(struct life *l)
{
	int64_t until;

	/* Not again and again without a pause, even if that is its wish. */
	if (l->outcome.reboot && l->outcome.ran_ms >= REBOOT_MS)
		return true;
	if (l->outcome.ran_ms >= STABLE_MS)
		l->backoff_ms = l->failures = 0;
	l->failures += l->outcome.status != 0;
	l->backoff_ms = l->backoff_ms ? l->backoff_ms * 2 : BACKOFF_MS;
	if (l->backoff_ms > BACKOFF_MAX_MS)
		l->backoff_ms = BACKOFF_MAX_MS;
	until = now_ms() + l->backoff_ms;
	while (now_ms() < until) {
		int number = signals_wait((int)(until - now_ms()));

		if (number == SIGTERM || number == SIGINT ||
		    number == SIGQUIT || number == SIGHUP)
			return false;
		if (is_told_to_stop(l))
			return false;
	}
	return true;
}

/* To the end of one life.  -1: what could not be done is said. */
static int live(struct life *l)
{
	struct start *s = l->start;

	l->outcome.status = STATUS_FAILED;
	if (start(s) < 0) {
		l->outcome.status = s->exit_status;
		return -1;
	}
	if (settle(l) < 0 ||
	    supervise(s, &l->keeper, s->until_ms, l->parent, &l->outcome) < 0) {
		start_undo(s);
		return -1;
	}
	tell_end(l);
	return 0;
}

/* What "launch device" has put in: nodes go, and lent devices are to be looked
 * for, as if one had been lent from the start. */
static void unplug(struct container *c)
{
	node_remove_all(c->dir, c->rootfs);
	if (faccessat(c->dir, "netns", F_OK, 0) == 0)
		c->net.kinds |= 1U << NET_PHYS;
}

/* What "launch update" has changed in this life is so in the next. */
static void update_limits(struct start *s)
{
	static struct spec fresh; /* large, and mostly not needed */

	if (unlinkat(s->container->dir, "updated", 0) == 0 &&
	    container_try_spec(s->container, &fresh) == 0)
		spec_take_limits(&s->spec->cgroup, &fresh.cgroup);
}

static bool live_again(struct life *l)
{
	struct container *c = l->start->container;
	autofd int lock = -1;

	if (!wants_restart(l))
		return false;
	/* Whoever hands devices around just now comes to an end first. */
	lock = container_lock(c->dir);
	unplug(c);
	update_limits(l->start);
	start_rewind(l->start);
	container_save(c);
	fd_close(&lock);
	if (!back_off(l))
		return false;
	c->restarts++;
	return true;
}

/* Who is not to outlive its parent may do so already. */
static int watch_parent(struct life *l)
{
	if (!l->start->spec->die_with_parent)
		return 0;
	l->parent = getppid();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return fail("cannot ask for the parent's death "
			    "(--die-with-parent)");
	if (getppid() == l->parent)
		return 0;
	return failx("cannot start: our parent has ended (--die-with-parent)");
}

int life(struct start *s, int ready)
{
	static struct life l = { .keeper = KEEPER_INIT };
	int lock;

	l.start = s;
	l.ready = ready;
	l.keeper.detached = ready >= 0;
	if (s->spec->timeout_ms)
		s->until_ms = now_ms() + s->spec->timeout_ms;
	if (watch_parent(&l) < 0 || (ready >= 0 && prepare(&l) < 0))
		return STATUS_FAILED;
	do {
		if (live(&l) < 0) {
			if (s->container->restarts)
				remove_pid_file(s->spec);
			return l.outcome.status;
		}
	} while (live_again(&l));
	remove_pid_file(s->spec);
	lock = container_lock(s->container->dir);
	attach_close(&l.keeper.attach);
	unplug(s->container);
	start_undo(s);
	log_close(&l.keeper.log);
	fd_close(&lock);
	return l.outcome.status;
}
