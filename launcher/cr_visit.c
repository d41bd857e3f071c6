/* cr_visit.c - something done in a namespace of the container, for a checkpoint */
#include "cr_visit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/aside.h"
#include "common/fd.h"

enum { STACK_BYTES = 32768 };

struct visit {
	int namespace, result;
	int (*action)(void *arg);
	void *arg;
};

static int enter_net(void *arg)
{
	const struct visit *v = arg;

	return setns(v->namespace, CLONE_NEWNET) < 0 ? -1 : v->action(v->arg);
}

static int run(void *arg)
{
	struct visit *v = arg;

	v->result = v->action(v->arg);
	_exit(0);
}

/* Who enters is still outside: its children are not. */
static int enter_pids(void *arg)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	struct visit *v = arg;
	pid_t pid;

	if (setns(v->namespace, CLONE_NEWPID) < 0)
		return -1;
	pid = clone(run, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, v);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return v->result;
}

static int visit(pid_t init, const char *which, int (*enter)(void *),
		 struct visit *v)
{
	char path[32];
	autofd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", init, which);
	fd = v->namespace = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : run_aside(CLONE_FILES, enter, v);
}

int cr_visit_net(pid_t init, int (*action)(void *arg), void *arg)
{
	struct visit v = { .result = -1, .action = action };

	v.arg = arg;
	return visit(init, "net", enter_net, &v);
}

int cr_visit_net_of(int namespace, int (*action)(void *arg), void *arg)
{
	struct visit v = { .namespace = namespace, .action = action };

	v.arg = arg;
	return run_aside(CLONE_FILES, enter_net, &v);
}

int cr_visit_pids(pid_t init, int (*action)(void *arg), void *arg)
{
	struct visit v = { .result = -1, .action = action };

	v.arg = arg;
	return visit(init, "pid", enter_pids, &v);
}
