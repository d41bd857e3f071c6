/* exec.c - one more command in a container that runs */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/magic.h>

#include "cgroup_control.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "console.h"
#include "container.h"
#include "container_find.h"
#include "embedded.h"
#include "privileges.h"
#include "process.h"
#include "seccomp.h"
#include "start.h"
#include "supervise.h"
#include "sync.h"
#include "user.h"
#include "userns.h"

enum { PIPE_FD = 3, ARGS_MAX = 32768 };

/* A, on its way in. */
struct entry {
	const struct container *container;
	const struct spec *theirs, *wanted;
	bool tty;
	uint64_t ignored;
	int sync, pipe, stage, root; /* fds */
	struct user user;
	char home[USER_HOME_MAX + 8]; /* "HOME=..." */
	const char *env[SPEC_ENV_MAX + 2];
	const char *argv[ARGS_MAX];
};

static void open_root(struct entry *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", e->container->pid);
	e->root = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->root < 0)
		die("cannot open the root of '%s'", e->container->name);
}

enum { NEWTIME = 0x80 /* CLONE_NEWTIME */ };

static const struct {
	int flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWCGROUP, "cgroup" },
	{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWNET, "net" },   { CLONE_NEWPID, "pid" },
	{ CLONE_NEWNS, "mnt" },
};

/* Those that are its own.  A user namespace has no power over the others; root
 * may enter even those we are in. */
static bool is_entered(const struct entry *e, int flag)
{
	if (!e->theirs->user_namespace)
		return flag != CLONE_NEWUSER;
	return !(e->theirs->shared_namespaces & (uint64_t)flag);
}

/* Before Linux 5.8, where a pidfd is not enough.  They are opened first: in the
 * mount namespace, the last, /proc is another. */
static void enter_one_by_one(const struct entry *e)
{
	int fds[COUNT(namespaces)];
	char path[48];

	for (size_t i = 0; i < COUNT(namespaces); i++) {
		fds[i] = -1;
		if (!is_entered(e, namespaces[i].flag))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s",
			 e->container->pid, namespaces[i].name);
		fds[i] = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			die("cannot open the %s namespace of '%s'",
			    namespaces[i].name, e->container->name);
	}
	if (container_signal(e->container, 0) < 0)
		diex("cannot enter '%s': it has ended", e->container->name);
	for (size_t i = 0; i < COUNT(namespaces); i++)
		if (fds[i] >= 0 && setns(fds[i], namespaces[i].flag) < 0)
			die("cannot enter the %s namespace of '%s'",
			    namespaces[i].name, e->container->name);
}

/* Of a network that it shares with others only we may enter it, and only before we
 * are in its user namespace. */
static void enter_joined(const struct entry *e)
{
	char path[32];
	autofd int net = -1;

	if (!e->theirs->user_namespace || e->theirs->nets[0].kind != NET_JOIN)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", e->container->pid);
	net = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (net < 0 || container_signal(e->container, 0) < 0 ||
	    setns(net, CLONE_NEWNET) < 0)
		die("cannot enter the network of '%s'", e->container->name);
}

static void enter_namespaces(struct entry *e)
{
	int all = 0;

	enter_joined(e);
	/* Only one that was restored has its own time, see cr_clock.h; where that
	 * cannot be entered clocks are the host's. */
	setns(e->container->pidfd, NEWTIME);

	for (size_t i = 0; i < COUNT(namespaces); i++)
		if (is_entered(e, namespaces[i].flag))
			all |= namespaces[i].flag;
	if (e->container->pidfd >= 0 && setns(e->container->pidfd, all) == 0)
		return;
	if (errno == ESRCH)
		diex("cannot enter '%s': it has ended", e->container->name);
	enter_one_by_one(e);
}

/* Limits first, then in. */
static void enter(struct entry *e)
{
	if (cgroup_enter(&e->container->cgroup) < 0)
		quit(STATUS_FAILED);
	e->stage = embedded_stage_open();
	if (e->stage < 0)
		die("cannot copy the last step to a memfd");
	open_root(e);
	enter_namespaces(e);
	if (e->theirs->user_namespace)
		userns_become_root();
	/* Its /, which on an initramfs is not that of the namespace. */
	if (fchdir(e->root) < 0 || chroot(".") < 0)
		die("cannot enter the root of '%s'", e->container->name);
}

static void find_user(struct entry *e)
{
	const char *user = e->wanted->user ? e->wanted->user : e->theirs->user;

	user_find(&e->user, e->root, user);
}

/* A pty of its own devpts.  Its /dev is the container's to change by now, so
 * nothing in it is believed. */
static void make_terminal(struct entry *e)
{
	autofd int dev = -1;
	struct statfs fs;
	int slave;

	if (!e->tty)
		return;
	dev = openat(AT_FDCWD, "/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0 || fstatfs(dev, &fs) < 0)
		die("cannot open '/dev/pts' in '%s' (--tty)",
		    e->container->name);
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		diex("cannot make a terminal in '%s': its /dev/pts is no devpts (--tty)",
		     e->container->name);
	sync_give_fd(e->sync, console_open(dev, e->user.uid, &slave));
	/* Its terminal it becomes only in a session of its own: in stage.c. */
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			die("cannot make the pty fd %d (--tty)", fd);
}

static void drop_privileges(struct entry *e)
{
	const char *dir =
		e->wanted->workdir ? e->wanted->workdir : e->theirs->workdir;

	privileges_drop(e->theirs, &e->user, dir);
}

static void collect(struct entry *e)
{
	const struct spec *w = e->wanted;
	size_t n = 0;

	for (; n < w->env_count; n++)
		e->env[n] = w->env[n];
	if (!spec_env(w, "HOME") &&
	    format(e->home, sizeof(e->home), "HOME=%s", e->user.home) == 0)
		e->env[n++] = e->home;
	e->env[n] = NULL;
	for (n = 0; w->argv[n]; n++) {
		if (n + 3 >= COUNT(e->argv))
			diex("cannot pass more than %zu arguments", n);
		e->argv[n + 2] = w->argv[n];
	}
	e->argv[0] = e->tty ? "tty" : "stage";
	e->argv[1] = process_find(e->argv + 2, e->env);
}

noreturn static void become_stage(struct entry *e)
{
	const uint64_t none = 0;

	/* It stays open through one exec, and stage.c sees to the other. */
	if (dup2(e->pipe, PIPE_FD) < 0)
		die("cannot hand the pipe over");
	signals_reset(e->ignored);
	umask(022);
	signals_set_mask(&none);
	process_exec_fd(e->stage, e->argv, e->env);
}

noreturn static void entry(struct entry *e)
{
	report_status(STATUS_FAILED);
	enter(e);
	find_user(e);
	make_terminal(e);
	drop_privileges(e);
	collect(e);
	become_stage(e);
}

/* A packet of stage.c: what it is, and its number; 0 at the end. */
static char read_packet(int pipe, int *number)
{
	char packet[5];
	ssize_t n;

	do
		n = read(pipe, packet, sizeof(packet));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(packet))
		return 0;
	memcpy(number, packet + 1, sizeof(*number));
	return packet[0];
}

/* In a pid namespace that has ended a fork says ENOMEM, and everything else
 * something or other. */
static int failed(const struct entry *e, int number)
{
	if (container_wait_end(e->container, 0) == 0) {
		failx("cannot enter '%s': it has ended", e->container->name);
		return STATUS_FAILED;
	}
	errno = number;
	fail("cannot execute '%s'", e->wanted->argv[0]);
	return number == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* Who it says is B has to be a child of ours: what comes through the pipe may
 * come from inside. */
static bool is_ours(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Until B has executed the command: its pid, or -1 and in *status what launch
 * exits with. */
static pid_t await_command(const struct entry *e, pid_t a, int pipe,
			   int *status)
{
	int number, pid = -1, ended = 0;
	char what;

	*status = STATUS_FAILED;
	while ((what = read_packet(pipe, &number)) == 'P')
		pid = number;
	if (what)
		*status = failed(e, number);
	waitpid(a, &ended, 0);
	if (!what && WIFEXITED(ended) && WEXITSTATUS(ended) != 0)
		*status = WEXITSTATUS(ended);
	if (what || pid <= 0 || !is_ours(pid)) {
		/* Whoever clears away after the container kills what is in its
		 * cgroups. */
		if (!what && !(WIFEXITED(ended) && WEXITSTATUS(ended) != 0))
			failx("cannot enter '%s': it has ended",
			      e->container->name);
		return -1;
	}
	return pid;
}

static int stay(struct spec *wanted, pid_t pid, int master)
{
	static struct container
		container; /* of B alone: no cgroups of its own */
	struct start s = {
		.spec = wanted,
		.container = &container,
		.master = master,
	};
	struct keeper keeper = KEEPER_INIT;
	struct outcome outcome;

	container_init(&container);
	container.pid = pid;
	return supervise(&s, &keeper, 0, 0, &outcome) < 0 ? STATUS_FAILED
							  : outcome.status;
}

static bool wants_tty(const struct spec *wanted)
{
	return wanted->tty == TTY_YES ||
	       (wanted->tty == TTY_AUTO && console_wanted());
}

int exec_in(const struct container *c, const struct spec *theirs,
	    struct spec *wanted)
{
	static struct entry e; /* large */
	autofd int pipe_end = -1;
	int ends[2], sync, status;
	uint64_t old;
	pid_t a, b;

	e.container = c;
	e.theirs = theirs;
	e.wanted = wanted;
	e.tty = wants_tty(wanted);
	e.ignored = signals_ignored();
	if (seccomp_load(theirs, c->dir) < 0 || process_hide_fds() < 0 ||
	    sync_pair(&sync, &e.sync) < 0)
		return STATUS_FAILED;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail("cannot create a pipe");
		return STATUS_FAILED;
	}
	signals_reset(1ULL << (SIGCHLD - 1));
	signals_block_all(&old);
	e.pipe = ends[1];
	a = fork();
	if (a == 0)
		entry(&e);
	close(ends[1]);
	close(e.sync);
	pipe_end = ends[0];
	if (a < 0) {
		fail("cannot fork");
		return STATUS_FAILED;
	}
	if (e.tty)
		e.sync = sync_take_fd(sync); /* the master */
	b = await_command(&e, a, pipe_end, &status);
	return b < 0 ? status : stay(wanted, b, e.tty ? e.sync : -1);
}
