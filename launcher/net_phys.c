/* net_phys.c - a device of the host's that is lent to the container
 *
 * One request moves it, gives it the container's name for it and brings it
 * up.  What it was like is written down before, in net_lent.c.
 */
#include "net_kind.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"

static bool is_wireless(const char *name)
{
	char path[64];

	return format(path, sizeof(path), "/sys/class/net/%s/phy80211", name) ==
		       0 &&
	       access(path, F_OK) == 0;
}

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	if (strcmp(spec->link, "lo") == 0)
		return failx("cannot lend 'lo': every network has its own");
	if (rtnl_index(&net->nl, spec->link) == 0)
		return fail("cannot find '%s' to be '%s'", spec->link,
			    link->name);
	if (is_wireless(spec->link))
		return failx("cannot lend '%s': it is wireless, and moves only "
			     "with its radio",
			     spec->link);
	return 0;
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	struct netlink_msg msg;
	uint8_t mac[MAC_SIZE];
	unsigned int index = rtnl_index(&net->nl, spec->link);

	if (index == 0)
		return fail("cannot find '%s' to be '%s'", spec->link,
			    link->name);
	copy_text(link->host, sizeof(link->host), spec->link);
	if (net_lend(net, index, spec->link, pid) < 0)
		return -1;
	netlink_clear(&msg);
	rtnl_set_link(&msg, index, link->name, link->down ? 0 : IFF_UP, IFF_UP);
	netlink_put_u32(&msg, IFLA_NET_NS_PID, (uint32_t)pid);
	if (spec->hwaddr && parse_mac(spec->hwaddr, mac) == 0)
		netlink_put(&msg, IFLA_ADDRESS, mac, sizeof(mac));
	if (spec->mtu)
		netlink_put_u32(&msg, IFLA_MTU, spec->mtu);
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
