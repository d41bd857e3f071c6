/* net_inside.c - something done in another network namespace
 *
 * By a process that shares our memory and descriptors, and ends: we never leave
 * our own namespace, and so need no way back, which could fail.
 */
#include "net_kind.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 32768 };

struct visit {
	int netns, result;
	int (*action)(void *arg);
	void *arg;
};

static int visit(void *arg)
{
	struct visit *v = arg;

	if (setns(v->netns, CLONE_NEWNET) == 0)
		v->result = v->action(v->arg);
	_exit(0);
}

int net_inside(int netns, int (*action)(void *arg), void *arg)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	struct visit v = { .netns = netns, .result = -1, .action = action };
	pid_t pid;

	v.arg = arg;
	/* No signal at its end: others wait for those of children. */
	pid = clone(visit, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_FILES, &v);
	while (pid > 0 && waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR)
		;
	return v.result;
}

static int open_routing(void *nl)
{
	return netlink_open(nl, NETLINK_ROUTE);
}

int net_open_inside(struct netlink *nl, int netns)
{
	return net_inside(netns, open_routing, nl);
}
