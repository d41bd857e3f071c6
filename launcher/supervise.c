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
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "console.h"
#include "start.h"

enum { SETTLE_MS = 200 };

struct supervision {
	struct start *start;
	pid_t pid;
	struct console console;
	int signals;  /* signalfd */
	int ended_by; /* the signal for which we killed it; 0: none */
	int status;   /* wait status */
	bool ended;
};

static void reap(struct supervision *s)
{
	if (waitpid(s->pid, &s->status, WNOHANG) != s->pid)
		return;
	s->ended = true;
	s->start->container->pid = 0;
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

static void pass_on(struct supervision *s, int number)
{
	if (is_heard(s->pid, number)) {
		kill(s->pid, number);
		return;
	}
	s->ended_by = number;
	kill(s->pid, SIGKILL);
}

static void signal_arrived(struct supervision *s, int number)
{
	switch (number) {
	case SIGCHLD:
		reap(s);
		return;
	case SIGWINCH:
		if (s->console.master < 0)
			break;
		console_resize(&s->console);
		return;
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		/* The caller's shell wants its terminal; the container, which
		 * has none of it, runs on. */
		raise(SIGSTOP);
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
 * from the page cache.  It was most of the memory of a waiting launch. */
static void forget_code(void)
{
	uintptr_t page = (uintptr_t)getauxval(AT_PAGESZ);
	uintptr_t end = (uintptr_t)__init_array_start & ~(page - 1);

	madvise(__executable_start, end - (uintptr_t)__executable_start,
		MADV_DONTNEED);
}

/* It has run for a while: it will run for long. */
static void settle(int *patience_ms)
{
	forget_code();
	*patience_ms = -1;
}

static void relay(struct supervision *s, int *patience_ms)
{
	struct pollfd fds[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->console.master, .events = POLLIN },
		{ .fd = s->console.input_ended ? -1 : STDIN_FILENO,
		  .events = POLLIN },
	};

	switch (poll(fds, COUNT(fds), *patience_ms)) {
	case -1:
		return;
	case 0:
		settle(patience_ms);
		return;
	}
	if (fds[1].revents & POLLIN)
		console_output(&s->console);
	if (fds[2].revents)
		console_input(&s->console);
	if (fds[0].revents)
		read_signal(s);
}

/* Without a terminal, signals are all there is to wait for. */
static void wait_for_end(struct supervision *s)
{
	int patience_ms = SETTLE_MS;

	while (!s->ended) {
		int number = signals_wait(patience_ms);

		if (number > 0)
			signal_arrived(s, number);
		else if (errno == EAGAIN)
			settle(&patience_ms);
	}
}

static int relay_until_end(struct supervision *s)
{
	int patience_ms = SETTLE_MS;

	s->signals = signals_open();
	if (s->signals < 0)
		return fail("cannot listen to signals");
	console_start(&s->console, fd_take(&s->start->master));
	while (!s->ended)
		relay(s, &patience_ms);
	console_stop(&s->console);
	fd_close(&s->signals);
	return 0;
}

static int exit_status(const struct supervision *s)
{
	if (s->ended_by && WIFSIGNALED(s->status))
		return 128 + s->ended_by;
	return WIFSIGNALED(s->status) ? 128 + WTERMSIG(s->status)
				      : WEXITSTATUS(s->status);
}

/* Nobody inside lives to tell. */
static void explain_kill(const struct supervision *s)
{
	const struct start *start = s->start;

	if (!s->ended_by && exit_status(s) == 128 + SIGKILL &&
	    cgroup_ran_out_of_memory(&start->container->cgroup))
		warnx("'%s' was killed: out of memory (--memory)",
		      start->spec->argv[0]);
}

int supervise(struct start *start)
{
	struct supervision s = {
		.start = start,
		.pid = start->container->pid,
		.console = CONSOLE_INIT,
	};

	if (start->master < 0)
		wait_for_end(&s);
	else if (relay_until_end(&s) < 0)
		return -1;
	explain_kill(&s);
	return exit_status(&s);
}
