/* supervise.c - stay with a running container until it ends */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_control.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "console.h"
#include "container_prune.h"
#include "cr_filler.h"
#include "cr_takeover.h"
#include "process.h"
#include "start.h"

enum {
	STACK_BYTES = 65536,
	SETTLE_MS = 200,
	HANGUP_PAUSE_MS = 100,
	FILLER_MS = 3000, /* it ends right behind the container */
};

struct supervision {
	struct start *start;
	struct keeper *keeper;
	pid_t pid, parent;
	struct console console;
	int signals;      /* signalfd */
	int ended_by;     /* the signal for which we killed it; 0: none */
	int status;       /* wait status */
	int64_t until_ms; /* --timeout; 0: none */
	int64_t settle_ms, resume_ms;
	bool ended, told, timed_out, settled, tidied;
};

/* What is frozen would not die. */
static void end(struct supervision *s)
{
	cgroup_set_frozen(&s->start->container->cgroup, false);
	kill(s->pid, SIGKILL);
}

/* Does the command say what to do on this signal, or is it a default that
 * ends no process? */
static bool is_heard(pid_t pid, int number)
{
	static const uint64_t harmless =
		1ULL << (SIGCHLD - 1) | 1ULL << (SIGCONT - 1) |
		1ULL << (SIGURG - 1) | 1ULL << (SIGWINCH - 1) |
		1ULL << (SIGTSTP - 1) | 1ULL << (SIGTTIN - 1) |
		1ULL << (SIGTTOU - 1);
	uint64_t bit = 1ULL << (number - 1), known;

	if (harmless & bit)
		return true;
	return signals_of(pid, &known) < 0 || (known & bit);
}

static void reap(struct supervision *s)
{
	struct start *start = s->start;
	bool failed;

	cr_takeover_see_die();
	s->ended = waitpid(s->pid, &s->status, WNOHANG) == s->pid;
	failed = cr_filler_has_failed(&start->filler, start->container->name,
				      s->ended ? FILLER_MS : 0);
	if (s->ended)
		start->container->pid = 0;
	else if (failed)
		end(s);
}

static void pass_on(struct supervision *s, int number)
{
	bool orphaned = s->parent && getppid() != s->parent;

	s->told |= number == SIGTERM || number == SIGINT || number == SIGQUIT;
	/* Of one that has ended by itself the end is its own. */
	reap(s);
	if (s->ended)
		return;
	if (is_heard(s->pid, number) && !orphaned) {
		kill(s->pid, number);
		return;
	}
	s->told = true;
	s->ended_by = number;
	end(s);
}

static void signal_arrived(struct supervision *s, int number)
{
	switch (number) {
	case SIGCHLD:
		reap(s);
		return;
	case SIGWINCH:
		if (s->console.master < 0 || s->keeper->detached)
			break;
		console_resize(&s->console);
		return;
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		/* The caller's shell wants its terminal; the container, which
		 * has none of it, runs on. */
		if (!s->keeper->detached)
			console_suspend(&s->console);
		return;
	}
	pass_on(s, number);
}

static void read_signal(struct supervision *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) == sizeof(info))
		signal_arrived(s, (int)info.ssi_signo);
}

/* The program's code and constants, as the linker lays them out. */
extern char __executable_start[], __init_array_start[];

/* Let go of the pages that starting touched: what waiting needs comes back
 * from the page cache.  It was most of the memory of a waiting launch.  From here
 * to the wait no library is called: each 64 KiB of code come back as a whole. */
static void forget_code(void)
{
	uintptr_t page = (uintptr_t)getauxval(AT_PAGESZ);
	uintptr_t end = (uintptr_t)__init_array_start & ~(page - 1);
	char *here = __builtin_frame_address(0);

	sys_quiet(SYS_madvise, (long)__executable_start,
		  (long)(end - (uintptr_t)__executable_start), MADV_DONTNEED,
		  0);
	/* What is below us on the stack was deeper calls'; what lies beyond its
	 * lower end is no memory, and only ends the walk. */
	here -= (uintptr_t)here & (page - 1);
	sys_quiet(SYS_madvise, (long)(here - page - STACK_BYTES), STACK_BYTES,
		  MADV_DONTNEED, 0);
}

/* How long to wait until something is due; -1: for ever. */
static int patience(const struct supervision *s)
{
	const int64_t now = now_ms();
	const int64_t due[] = {
		s->settle_ms,
		s->until_ms,
		s->resume_ms,
		net_lease_due(&s->start->container->net),
		console_is_shells(&s->console) ? now + CONSOLE_RETRY_MS : 0,
	};
	int64_t next = 0;

	for (size_t i = 0; i < COUNT(due); i++)
		if (due[i] && (!next || due[i] < next))
			next = due[i];
	if (!next)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

/* The last thing before waiting: what runs in between is there again. */
static int settle(struct supervision *s)
{
	int ms = patience(s);

	if (s->settled)
		forget_code();
	s->settled = false;
	return ms;
}

static int wait_for(struct pollfd *fds, size_t count, int ms)
{
	struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	return (int)sys_quiet(SYS_ppoll, (long)fds, (long)count,
			      ms < 0 ? 0 : (long)&timeout, 0);
}

static int wait_for_signal(int ms)
{
	const uint64_t all = ~(uint64_t)0;
	struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	return (int)sys_quiet(SYS_rt_sigtimedwait, (long)&all, 0,
			      ms < 0 ? 0 : (long)&timeout, sizeof(all));
}

/* What killed launchers have left: a look at each neighbour, which nobody who
 * waits for the container to start, or for its first answer, is to pay for. */
static void tidy(struct supervision *s)
{
	if (!s->tidied)
		container_prune(s->start->container, NULL);
	s->tidied = true;
}

/* Something is due. */
static void time_passed(struct supervision *s)
{
	struct net *net = &s->start->container->net;
	int64_t now = now_ms(), due = net_lease_due(net);

	if (due && now >= due) {
		net_lease_tick(net);
		s->settle_ms = now + SETTLE_MS; /* and forget that, too */
	}
	/* It has run for a while: it will run for long. */
	if (s->settle_ms && now >= s->settle_ms) {
		tidy(s);
		start_forget();
		s->settled = true;
		s->settle_ms = 0;
	}
	if (s->until_ms && now >= s->until_ms) {
		s->until_ms = 0;
		s->timed_out = true;
		end(s);
	}
	if (s->resume_ms && now >= s->resume_ms)
		s->resume_ms = 0;
	if (console_is_shells(&s->console))
		console_resume(&s->console);
}

/* Of a detached container: false when there is no more for now. */
static bool keep_output(struct supervision *s, int fd)
{
	struct keeper *k = s->keeper;
	char bytes[LOG_RECORD_MAX / 4];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n <= 0)
		return false;
	log_write(&k->log, bytes, n);
	attach_output(&k->attach, bytes, n);
	return true;
}

static bool take_output(struct supervision *s, int fd)
{
	return s->keeper->detached ? keep_output(s, fd)
				   : console_output(&s->console) > 0;
}

static int output_of(const struct supervision *s)
{
	return s->console.master >= 0 ? s->console.master : s->keeper->output;
}

/* Nobody has the other end open, which may be for a moment only, between one
 * getty and the next: poll(2) would say so again and again. */
static void pause_output(struct supervision *s)
{
	s->resume_ms = now_ms() + HANGUP_PAUSE_MS;
}

static void relay(struct supervision *s)
{
	struct attach *attach = &s->keeper->attach;
	bool typing = !s->keeper->detached && console_is_typed_at(&s->console);
	int output = output_of(s);
	struct pollfd fds[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->resume_ms ? -1 : output, .events = POLLIN },
		{ .fd = typing ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = attach->listener, .events = POLLIN },
		{ .fd = attach->client, .events = POLLIN },
	};
	int ready = wait_for(fds, COUNT(fds), settle(s));

	if (ready < 0)
		return;
	if (fds[1].revents & POLLIN)
		take_output(s, output);
	else if (fds[1].revents)
		pause_output(s);
	if (fds[2].revents)
		console_input(&s->console);
	/* It has nothing to say here: it is gone. */
	if (fds[4].revents)
		attach_drop(attach);
	if (fds[3].revents)
		attach_accept(attach, s->console.master);
	if (fds[0].revents)
		read_signal(s);
	time_passed(s);
}

/* Without a terminal, signals are all there is to wait for. */
static void wait_for_end(struct supervision *s)
{
	while (!s->ended) {
		int number = wait_for_signal(settle(s));

		if (number > 0)
			signal_arrived(s, number);
		time_passed(s);
	}
}

/* What is still on the way when the last writer is dead. */
static void keep_rest(struct supervision *s)
{
	int output = output_of(s);

	fcntl(output, F_SETFL, O_NONBLOCK);
	while (keep_output(s, output))
		;
	attach_drop(&s->keeper->attach);
	fd_close(&s->console.master);
}

static int relay_until_end(struct supervision *s)
{
	s->signals = signals_open();
	if (s->signals < 0)
		return fail("cannot listen to signals");
	if (s->keeper->detached)
		s->console.master = fd_take(&s->start->master);
	else
		console_start(&s->console, fd_take(&s->start->master));
	while (!s->ended)
		relay(s);
	if (s->keeper->detached)
		keep_rest(s);
	else
		console_stop(&s->console);
	fd_close(&s->signals);
	return 0;
}

static int exit_status(const struct supervision *s)
{
	if (s->timed_out)
		return STATUS_TIMEOUT;
	if (s->ended_by && WIFSIGNALED(s->status))
		return 128 + s->ended_by;
	return WIFSIGNALED(s->status) ? 128 + WTERMSIG(s->status)
				      : WEXITSTATUS(s->status);
}

/* The kernel ends the init that calls reboot(2) by SIGHUP; one that may not call
 * it says the same by its exit status.  See reboot(2) and minit(8). */
static bool is_reboot(const struct supervision *s)
{
	if (s->ended_by || s->timed_out)
		return false;
	if (WIFSIGNALED(s->status))
		return WTERMSIG(s->status) == SIGHUP;
	return s->start->spec->init_command &&
	       WEXITSTATUS(s->status) == 128 + SIGHUP;
}

static void judge(const struct supervision *s, struct outcome *outcome)
{
	*outcome = (struct outcome){
		.status = exit_status(s),
		.signal = s->ended_by ? s->ended_by : 0,
		.reboot = is_reboot(s),
		.told = s->told || s->timed_out,
		.timed_out = s->timed_out,
	};
	if (!outcome->signal && !s->timed_out && WIFSIGNALED(s->status))
		outcome->signal = WTERMSIG(s->status);
	/* Nobody inside lives to tell. */
	if (!s->ended_by && outcome->status == 128 + SIGKILL &&
	    cgroup_ran_out_of_memory(&s->start->container->cgroup)) {
		outcome->oom = true;
		warnx("'%s' was killed: out of memory (--memory)",
		      s->start->spec->argv[0]);
	}
}

int supervise(struct start *start, struct keeper *keeper, int64_t until_ms,
	      pid_t parent, struct outcome *outcome)
{
	int64_t since = now_ms();
	struct supervision s = {
		.start = start,
		.keeper = keeper,
		.pid = start->container->pid,
		.parent = parent,
		.console = CONSOLE_INIT,
		.until_ms = until_ms,
		.settle_ms = since + SETTLE_MS,
	};

	if (start->master < 0 && !keeper->detached)
		wait_for_end(&s);
	else if (relay_until_end(&s) < 0)
		return -1;
	judge(&s, outcome);
	outcome->ran_ms = now_ms() - since;
	tidy(&s);
	return 0;
}
