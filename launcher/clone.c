/* clone.c - the first process of a container is born, and dies */
#include "clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/memory.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "process.h"
#include "restore.h"
#include "start.h"
#include "sync.h"

enum { STACK_BYTES = 65536, LOOK_US = 200 };

/* The child's: it shares our memory and needs a stack of its own in it. */
static char stack[STACK_BYTES] __attribute__((aligned(16)));

static int enter_child(void *arg)
{
	child(arg);
}

static void enter_child3(void *arg)
{
	child(arg);
}

static uint64_t namespaces(const struct start *s)
{
	uint64_t all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
		       CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;

	/* It would show the launcher's cgroup as /: see child.c. */
	if (cgroup_is_used(&s->container->cgroup))
		all &= ~(uint64_t)CLONE_NEWCGROUP;
	if (s->spec->user_namespace)
		all |= CLONE_NEWUSER;
	return all & ~s->spec->shared_namespaces;
}

/* Before Linux 5.3, or behind a seccomp filter that does not know clone3. */
static pid_t clone_old(struct start *s, uint64_t flags)
{
	return clone(enter_child, stack + sizeof(stack), (int)flags | SIGCHLD,
		     s, &s->container->pidfd, NULL, &s->child_tid);
}

static pid_t clone_new(struct start *s, uint64_t flags)
{
	int cgroup = cgroup_clone_fd(&s->container->cgroup);
	struct clone_args args = {
		.flags = flags,
		.pidfd = (uintptr_t)&s->container->pidfd,
		.child_tid = (uintptr_t)&s->child_tid,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	long pid;

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = cgroup;
		s->cloned_into = true;
	}
	pid = sys_clone3_call(&args, enter_child3, s);
	if (pid >= 0)
		return pid;
	errno = -pid;
	s->cloned_into = false;
	return -1;
}

static int fail_clone(const struct start *s)
{
	if (s->userns.used && *userns_obstacle())
		return fail("cannot create a user namespace%s",
			    userns_obstacle());
	switch (errno) {
	case EPERM:
		return fail(
			"cannot create namespaces (are you root, and is CAP_SYS_ADMIN there?)");
	case EINVAL:
		return fail(
			"cannot create namespaces (does this kernel have all of them? see launch(1), KERNEL)");
	case ENOSPC:
	case EUSERS:
		return fail(
			"cannot create namespaces (see /proc/sys/user/max_*_namespaces)");
	default:
		return fail("cannot create namespaces");
	}
}

static pid_t clone_any(struct start *s)
{
	const uint64_t flags =
		namespaces(s) | CLONE_VM | CLONE_PIDFD | CLONE_CHILD_CLEARTID;
	pid_t pid;

	s->child_tid = 1;
	pid = clone_new(s, flags);
	if (pid < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL ||
			errno == EACCES))
		pid = clone_old(s, flags);
	if (pid >= 0)
		return pid;
	s->child_tid = 0;
	return fail_clone(s);
}

/* One with a user namespace of its own could not enter a network of ours, but it
 * can be born there.  The devices that we take back later are in our own. */
static pid_t clone_there(struct start *s)
{
	struct net *net = &s->container->net;
	int home = -1;
	pid_t pid;

	if (s->userns.used && net_visit(net, &home) < 0)
		return -1;
	pid = clone_any(s);
	net_leave(net, home);
	return pid;
}

/* No trace and no failing call between the clone and the wait: the child runs
 * already, with our errno. */
int clone_child(struct start *s)
{
	pid_t pid;

	if (s->restore && restore_prepare(s->restore) < 0)
		return -1;
	if (sync_pair(&s->sync_launcher, &s->sync_child) < 0)
		return -1;
	pid = clone_there(s);
	close(s->sync_child); /* its number is still the child's */
	if (pid < 0)
		return -1;
	s->container->pid = pid;
	return 0;
}

void clone_give_up(const struct container *c)
{
	report_to(NULL);
	failx("cannot end '%s': process %d does not die (launch prune)",
	      c->name, c->pid);
	quit(STATUS_FAILED);
}

static void see_die(struct container *c)
{
	const int64_t until = now_ms() + CLONE_DIE_MS;

	while (waitpid(c->pid, NULL, WNOHANG) == 0) {
		if (now_ms() >= until)
			clone_give_up(c);
		usleep(LOOK_US);
	}
	c->pid = 0;
}

void clone_undo(struct start *s)
{
	struct container *c = s->container;

	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		see_die(c);
	}
	fd_close(&c->pidfd);
	fd_close(&s->sync_launcher);
	fd_close(&s->master);
}

void clone_forget(void)
{
	memory_forget(stack, sizeof(stack));
}
