/* net_inside.c - something done in another network namespace
 *
 * By a process that shares our memory and descriptors: we never leave our own
 * namespace, and so need no way back, which could fail.
 */
#include "net_kind.h"

#include <sched.h>

#include "common/aside.h"

struct visit {
	int netns;
	int (*action)(void *arg);
	void *arg;
};

static int visit(void *arg)
{
	const struct visit *v = arg;

	return setns(v->netns, CLONE_NEWNET) < 0 ? -1 : v->action(v->arg);
}

int net_inside(int netns, int (*action)(void *arg), void *arg)
{
	struct visit v = { .netns = netns, .action = action };

	v.arg = arg;
	return run_aside(CLONE_FILES, visit, &v);
}

static int open_routing(void *nl)
{
	return netlink_open(nl, NETLINK_ROUTE);
}

int net_open_inside(struct netlink *nl, int netns)
{
	return net_inside(netns, open_routing, nl);
}
