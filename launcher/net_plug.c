/* net_plug.c - devices of the host's, into a container that runs and out again
 *
 * As a lent device of net_phys.c: what it was like is written down before, and
 * who clears away after the container gives it back if nobody did before.  A
 * container that runs may have a device of the same index: ours gets a free
 * one, as it is known by it.
 */
#include "net_plug.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net.h"
#include "net_kind.h"
#include "net_lent.h"

enum { INDEX_STEP = 1000, INDEX_TRIES = 1000 };

static struct net_lent lent; /* large */
static struct netlink inside_nl;

static int open_both(struct net *net, int netns, int *host)
{
	*host = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	inside_nl = (struct netlink)NETLINK_INIT;
	if (*host < 0 || netlink_open(&net->nl, NETLINK_ROUTE) < 0 ||
	    net_open_inside(&inside_nl, netns) < 0)
		return fail("cannot open a routing socket");
	lent.here = &net->nl;
	lent.inside = &inside_nl;
	lent.host = *host;
	lent.netns = netns;
	return 0;
}

static void close_both(struct net *net)
{
	netlink_close(&inside_nl);
	netlink_close(&net->nl);
}

/* What a look at the device's reply finds. */
struct clash {
	const char *name; /* the first of its other names that is taken */
	char text[64];
};

static void check_altname(const char *name, void *arg)
{
	struct clash *clash = arg;

	if (!clash->name && rtnl_index(&inside_nl, name) &&
	    copy_text(clash->text, sizeof(clash->text), name) == 0)
		clash->name = clash->text;
}

static int check_altnames(const struct nlmsghdr *item, void *arg)
{
	if (item)
		rtnl_each_altname(item, check_altname, arg);
	return 0;
}

/* Only what the user wrote: what a device has been called is a name. */
static int check_as(const struct net_plug *p)
{
	const char *why = p->as ? rtnl_bad_name(p->as) : NULL;

	return why ? failx("cannot call a device '%s' (%s)", p->as, why) : 0;
}

/* Before anything is moved: a name that is taken inside would leave it half
 * moved. */
static int check_names(struct net *net, const struct net_plug *p,
		       unsigned int index, const char *as)
{
	struct clash clash = { .name = NULL };

	if (rtnl_index(&inside_nl, as) != 0)
		clash.name = as;
	else if (rtnl_get_link(&net->nl, index, NULL, check_altnames, &clash) <
		 0)
		return fail("cannot read the state of '%s'%s", p->device,
			    net->nl.why);
	return clash.name ? failx("cannot move '%s' into '%s': there is a "
				  "device '%s' in it already",
				  p->device, p->container, clash.name)
			  : 0;
}

/* One that nobody has inside. */
static unsigned int free_index(unsigned int index)
{
	char name[IFNAMSIZ];

	for (int i = 0; i < INDEX_TRIES; i++, index += INDEX_STEP)
		if (rtnl_name(&inside_nl, index, name) < 0)
			return index;
	return 0;
}

static int move_in(struct net *net, const struct net_plug *p,
		   unsigned int index, unsigned int inside, const char *name,
		   const char *as)
{
	struct netlink_msg msg;
	int radio = net_radio(name);

	netlink_clear(&msg);
	rtnl_set_link(&msg, radio < 0 ? index : inside, as, 0, 0);
	if (radio >= 0) {
		/* What it is called does not matter as much as that it is in. */
		if (net_radio_move(radio, name, -1, p->netns) < 0)
			return -1;
		if (netlink_request(&inside_nl, &msg) < 0)
			warn("cannot call '%s' '%s'%s", p->device, as,
			     inside_nl.why);
		return 0;
	}
	netlink_put_u32(&msg, IFLA_NET_NS_FD, (uint32_t)p->netns);
	if (inside != index)
		netlink_put_u32(&msg, IFLA_NEW_IFINDEX, inside);
	if (netlink_request(&net->nl, &msg) == 0)
		return 0;
	return fail("cannot move '%s' into '%s'%s", p->device, p->container,
		    net->nl.why);
}

/* Its flags, addresses and routes, as they are written down, but inside. */
static void set_up(const struct net_plug *p, const char *as)
{
	struct net_lent l = lent;
	struct netlink_msg msg;

	l.here = &inside_nl;
	l.name = as;
	l.master = NULL;
	if (p->up)
		l.flags |= IFF_UP;
	if (!p->no_addresses) {
		net_lent_restore(&l);
		return;
	}
	netlink_clear(&msg);
	rtnl_set_link(&msg, 0, as, (unsigned int)l.flags & IFF_UP, IFF_UP);
	if (netlink_request(&inside_nl, &msg) < 0)
		warn("cannot bring up '%s'%s", as, inside_nl.why);
}

static int plug_in(struct net *net, const struct net_plug *p,
		   unsigned int index, const char *name)
{
	const char *as = p->as ? p->as : name;
	unsigned int inside;

	if (check_names(net, p, index, as) < 0)
		return -1;
	inside = free_index(index);
	if (inside == 0 || (inside != index && net_radio(name) >= 0))
		return failx("cannot find a free index for '%s'", p->device);
	if (net_lend_as(net, index, inside, name, p->pid) < 0) {
		net_lent_forget(net->dir, inside);
		return -1;
	}
	if (move_in(net, p, index, inside, name, as) < 0) {
		net_lent_forget(net->dir, inside);
		return -1;
	}
	if (net_lent_load(&lent, net->dir, inside) == 0)
		set_up(p, as);
	return 0;
}

int net_plug(struct net *net, const struct net_plug *p)
{
	autofd int host = -1;
	char name[IFNAMSIZ];
	unsigned int index;
	int result = -1;

	if (strcmp(p->device, "lo") == 0)
		return failx("cannot lend 'lo': every network has its own");
	if (check_as(p) < 0)
		return -1;
	if (open_both(net, p->netns, &host) == 0) {
		index = rtnl_index(&net->nl, p->device);
		if (index == 0 || rtnl_name(&net->nl, index, name) < 0)
			fail("cannot find '%s'", p->device);
		else
			result = plug_in(net, p, index, name);
	}
	close_both(net);
	return result;
}

static int plug_out(struct net *net, const struct net_plug *p)
{
	unsigned int index = rtnl_index(&inside_nl, p->device);
	int moved;

	if (index == 0)
		return fail("cannot find '%s' in '%s'", p->device,
			    p->container);
	if (net_lent_load(&lent, net->dir, index) < 0)
		return failx("cannot take '%s' out of '%s': it is its own",
			     p->device, p->container);
	if (p->as)
		lent.name = p->as;
	if (rtnl_index(&net->nl, lent.name) != 0)
		return failx("cannot call '%s' '%s': that name is taken",
			     p->device, lent.name);
	moved = net_lent_move(&lent);
	if (moved < 0)
		return -1;
	if (moved == 0) {
		net_lent_restore_sysctls(&lent);
		net_lent_restore(&lent);
	}
	net_lent_forget(net->dir, index);
	return 0;
}

int net_unplug(struct net *net, const struct net_plug *p)
{
	autofd int host = -1;
	int result;

	if (check_as(p) < 0)
		return -1;
	result = open_both(net, p->netns, &host);
	if (result == 0)
		result = plug_out(net, p);
	close_both(net);
	return result;
}

void net_each_plugged(struct net *net,
		      void (*visit)(const char *device, const char *inside,
				    void *arg),
		      void *arg)
{
	autofd int netns = openat(net->dir, "netns", O_RDONLY | O_CLOEXEC);
	int copy = openat(net->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	autofd int host = -1;

	if (netns >= 0 && list && open_both(net, netns, &host) == 0)
		while ((entry = readdir(list))) {
			char name[IFNAMSIZ];
			uint64_t index;

			if (!starts_with(entry->d_name, "lent.") ||
			    parse_uint(entry->d_name + 5, INT32_MAX, &index) <
				    0 ||
			    net_lent_load(&lent, net->dir, index) < 0)
				continue;
			visit(lent.name,
			      rtnl_name(&inside_nl, index, name) < 0 ? NULL
								     : name,
			      arg);
		}
	close_both(net);
	if (list)
		closedir(list);
}
