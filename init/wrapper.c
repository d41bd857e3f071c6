/* wrapper.c - minit around one command: reap, forward, end as it ends
 *
 * No signal is lost, as none is ever delivered: all 64 are blocked from the
 * first instruction and are read one by one.
 *
 * The command shares our memory until its exec, as no page table has to be
 * copied then, but not by vfork: a command that the terminal stops before its
 * exec would leave us waiting for it where no signal reaches us, and the shell
 * waiting for us.  So until then two run in one memory: each has a stack, and
 * errno, which they share, is set by the command only, except where the kernel
 * is so old that it has no close_range(2).
 *
 * Terminals: by default the command stays in our process group and session,
 * so that job control works as without us.  What the terminal sends, it sends
 * to the whole group: we do not send it again.  When the command is stopped
 * from the terminal, we stop too, or the shell would wait for us for ever.
 */
#include "wrapper.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "descendants.h"
#include "exec.h"

enum { OWN_FAILURE = 125 };

struct command {
	const struct wrapper *w;
	pid_t pid; /* 0 in pause mode */
	pid_t me;
	int signals;           /* a signalfd; -1: we do without */
	int status;            /* -1 until it has ended */
	bool ignores_children; /* SIGCHLD was ignored when we began */
	bool foreground;       /* its group gets the terminal */
};

/* Take the next signal.  The wait is poll's: while rt_sigtimedwait waits, the
 * kernel shows the signals as not blocked, and LXC, for one, looks there for
 * whether PID 1 is going to hear it. */
static int wait_signal(const struct command *c, siginfo_t *info,
		       int64_t timeout_ms)
{
	static const uint64_t all = ~(uint64_t)0;
	struct pollfd p = { .fd = c->signals, .events = POLLIN };
	struct timespec t = { timeout_ms / 1000, timeout_ms % 1000 * 1000000 };

	if (c->signals >= 0) {
		poll(&p, 1, (int)timeout_ms);
		timeout_ms = t.tv_sec = t.tv_nsec = 0;
	}
	return (int)syscall(SYS_rt_sigtimedwait, &all, info,
			    timeout_ms < 0 ? NULL : &t, sizeof(all));
}

/* Socket activation names the process that the sockets are for. */
static void rename_listener(pid_t from)
{
	static char mine[32];
	char old[32];

	snprintf(old, sizeof(old), "LISTEN_PID=%d", from);
	for (char **e = environ; *e; e++) {
		if (strcmp(*e, old) != 0)
			continue;
		snprintf(mine, sizeof(mine), "LISTEN_PID=%d", getpid());
		*e = mine;
	}
}

static void enter_group(const struct command *c)
{
	if (c->w->session) {
		setsid();
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	} else if (c->w->group) {
		setpgid(0, 0);
		if (c->foreground)
			tcsetpgrp(STDIN_FILENO, getpid());
	}
}

static int child(void *arg)
{
	const struct command *c = arg;

	enter_group(c);
	if (c->w->parent_death)
		prctl(PR_SET_PDEATHSIG, c->w->parent_death, 0, 0, 0);
	if (c->ignores_children)
		signal_set(SIGCHLD, SIG_IGN);
	rename_listener(c->me);
	signals_set_mask(&c->w->mask);
	exec_search(c->w->argv, environ);
	if (c->w->verbosity > WRAPPER_QUIET)
		warn("cannot execute '%s'", c->w->argv[0]);
	_exit(exec_status(errno));
}

static int spawn(struct command *c)
{
	static char stack[32768] __attribute__((aligned(64)));

	c->pid = clone(child, stack + sizeof(stack), CLONE_VM | SIGCHLD, c);
	return c->pid < 0 ? fail("cannot start '%s'", c->w->argv[0]) : 0;
}

/* Stop as the command was stopped, and come back as our shell lets us: in
 * front or not.  In an orphaned group the kernel will not stop us, as it would
 * not have stopped the command without us; so then it goes on at once. */
static void stop_too(const struct command *c)
{
	uint64_t all_but_stop = ~(UINT64_C(1) << (SIGTSTP - 1));
	uint64_t all = ~(uint64_t)0;

	kill(c->me, SIGTSTP);
	signals_set_mask(&all_but_stop);
	signals_set_mask(&all);
	if (!c->w->group)
		return;
	if (c->foreground && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetpgrp(STDIN_FILENO, c->pid);
	if (kill(-c->pid, SIGCONT) < 0)
		kill(c->pid, SIGCONT);
}

static bool stops_from_terminal(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static void ended(struct command *c, pid_t pid, int status)
{
	if (pid == c->pid) {
		c->status = WIFEXITED(status) ? WEXITSTATUS(status)
					      : 128 + WTERMSIG(status);
		if (c->w->verbosity >= WRAPPER_VERBOSE)
			warnx("command ended with status %d", c->status);
	} else if (c->w->warn_reaped || c->w->verbosity >= WRAPPER_TRACE) {
		warnx("reaped orphan %d", pid);
	}
}

/* Returns whether children are left. */
static bool reap(struct command *c)
{
	/* PID 1 has no shell above that would want to know. */
	int flags = WNOHANG | (c->me == 1 ? 0 : WUNTRACED);
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, flags)) > 0) {
		if (!WIFSTOPPED(status))
			ended(c, pid, status);
		else if (pid == c->pid && stops_from_terminal(WSTOPSIG(status)))
			stop_too(c);
	}
	return pid == 0;
}

static bool from_terminal(const siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGWINCH:
		return info->si_code == SI_KERNEL;
	default:
		return info->si_code == SI_KERNEL &&
		       stops_from_terminal(info->si_signo);
	}
}

static void forward(const struct command *c, siginfo_t *info)
{
	int number = c->w->rewrite[info->si_signo];

	/* The kernel's word that a child has ended is for us only. */
	if (info->si_signo == SIGCHLD && info->si_code > 0)
		return;
	if (number == 0 || (!c->w->group && from_terminal(info)))
		return;
	if (c->w->verbosity >= WRAPPER_VERBOSE)
		warnx("forwarding signal %s", signal_name(number));
	/* No such group: it has moved to another, or has ended. */
	if (c->w->group && kill(-c->pid, number) == 0)
		return;
	/* With what was queued beside it. */
	if (info->si_code == SI_QUEUE &&
	    syscall(SYS_rt_sigqueueinfo, c->pid, number, info) == 0)
		return;
	kill(c->pid, number);
}

static bool asks_to_end(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

/* Give those whom the command left behind some time. */
static void drain(struct command *c)
{
	int64_t end_ms = now_ms() + c->w->drain_ms, left_ms;
	siginfo_t info;

	if (!reap(c))
		return;
	descendants_signal(SIGTERM);
	while (reap(c)) {
		left_ms = end_ms - now_ms();
		if (left_ms <= 0 || asks_to_end(wait_signal(c, &info, left_ms)))
			break;
	}
	while (reap(c)) {
		descendants_signal(SIGKILL);
		wait_signal(c, &info, 100);
	}
}

static int run_until_end(struct command *c)
{
	siginfo_t info;

	while (c->status < 0) {
		if (wait_signal(c, &info, -1) <= 0)
			continue;
		if (info.si_signo == SIGCHLD)
			reap(c);
		if (c->status >= 0)
			break;
		if (c->pid > 0)
			forward(c, &info);
		else if (asks_to_end(info.si_signo))
			c->status = 0;
	}
	return c->status;
}

/* Act as if our parent's death had come after we asked to be told of it. */
static void watch_parent(const struct command *c)
{
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, c->w->parent_death, 0, 0, 0);
	if (getppid() != parent)
		kill(c->me, c->w->parent_death);
}

/* The terminal can lead one session only: give it up for the command's.  A
 * leader that does so is sent HUP and CONT, which nobody meant. */
static void give_up_terminal(const struct command *c)
{
	uint64_t lost = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1)
							      << (SIGCONT - 1);
	struct timespec now = { 0, 0 };

	if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0 || getsid(0) != c->me)
		return;
	while (syscall(SYS_rt_sigtimedwait, &lost, NULL, &now, sizeof(lost)) >
	       0)
		;
}

static void prepare(struct command *c)
{
	/* When it is ignored, the kernel keeps no exit status for us. */
	c->ignores_children = signal_set(SIGCHLD, SIG_DFL) == SIG_IGN;
	c->me = getpid();
	if (c->me != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (c->w->parent_death)
		watch_parent(c);
	if (c->w->session)
		give_up_terminal(c);
	else if (c->w->group)
		c->foreground = tcgetpgrp(STDIN_FILENO) == getpgrp();
}

int wrapper_run(const struct wrapper *w)
{
	struct command c = { .w = w, .status = -1 };

	prepare(&c);
	if (!w->pause && spawn(&c) < 0)
		return OWN_FAILURE;
	/* They are the command's now; a pipe must not stay open for us. */
	sys_close_range(3, ~0U, 0);
	c.signals = signals_open();
	run_until_end(&c);
	/* dumb-init's way: who shares the command's session ends with it. */
	if (w->session && c.pid > 0)
		kill(-c.pid, SIGTERM);
	if (w->drain_ms > 0)
		drain(&c);
	if (w->is_zero[c.status / 32] >> c.status % 32 & 1)
		return 0;
	return c.status;
}
