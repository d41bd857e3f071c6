/* net_phys.c - a device of the host's that is lent to the container
 *
 * One request moves it, gives it the container's name for it and brings it
 * up.  What it was like is written down before, in net_lent.c.
 */
#include "net_kind.h"

#include <fcntl.h>
#include <string.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	if (strcmp(spec->link, "lo") == 0)
		return failx("cannot lend 'lo': every network has its own");
	if (rtnl_index(&net->nl, spec->link) == 0)
		return fail("cannot find '%s' to be '%s'", spec->link,
			    link->name);
	return 0;
}

/* What it is to be inside. */
static void put_wishes(struct netlink_msg *msg, const struct net_spec *spec,
		       const struct net_link *link, unsigned int index)
{
	uint8_t mac[MAC_SIZE];

	netlink_clear(msg);
	rtnl_set_link(msg, index, link->name, link->down ? 0 : IFF_UP, IFF_UP);
	if (spec->hwaddr && parse_mac(spec->hwaddr, mac) == 0)
		netlink_put(msg, IFLA_ADDRESS, mac, sizeof(mac));
	if (spec->mtu)
		netlink_put_u32(msg, IFLA_MTU, spec->mtu);
}

/* First the radio, then the rest from inside. */
static int lend_radio(struct net *net, const struct net_spec *spec,
		      const struct net_link *link, unsigned int index,
		      int radio)
{
	autofd int netns = openat(net->dir, "netns", O_RDONLY | O_CLOEXEC);
	struct netlink inside = NETLINK_INIT;
	struct netlink_msg msg;
	int result;

	if (net_radio_move(radio, spec->link, -1, netns) < 0)
		return -1;
	put_wishes(&msg, spec, link, index);
	result = net_open_inside(&inside, netns);
	if (result == 0)
		result = netlink_request(&inside, &msg);
	if (result < 0)
		fail("cannot set up '%s' in the container%s", spec->link,
		     inside.why);
	netlink_close(&inside);
	return result;
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	struct netlink_msg msg;
	unsigned int index = rtnl_index(&net->nl, spec->link);
	int radio = net_radio(spec->link);

	if (index == 0)
		return fail("cannot find '%s' to be '%s'", spec->link,
			    link->name);
	copy_text(link->host, sizeof(link->host), spec->link);
	if (net_lend(net, index, spec->link, pid) < 0)
		return -1;
	if (radio >= 0)
		return lend_radio(net, spec, link, index, radio);
	put_wishes(&msg, spec, link, index);
	netlink_put_u32(&msg, IFLA_NET_NS_PID, (uint32_t)pid);
	if (netlink_request(&net->nl, &msg) < 0)
		return fail("cannot move '%s' into the container%s", spec->link,
			    net->nl.why);
	return 0;
}

const struct net_maker net_phys = {
	.name = "phys",
	.check = check,
	.create = create,
};
