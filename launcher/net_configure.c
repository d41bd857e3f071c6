/* net_configure.c - in the container: lo, and the links with addresses and routes */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "net.h"

static bool is_near(const struct net_link *link, const struct address *a)
{
	for (size_t i = 0; i < link->inside_count; i++)
		if (address_covers(&link->inside[i], a))
			return true;
	return false;
}

/* A default route; where the gateway is outside of every prefix, first the
 * way to it. */
static void put_gateway(struct netlink_msg *msg, const struct net_link *link,
			unsigned int index, int which)
{
	const struct net_gateway *gateway = &link->gateways[which];
	const struct address *a = &gateway->address;
	struct address any = { .family = which ? AF_INET6 : AF_INET };

	if (gateway->on_link)
		rtnl_add_route(msg, index, &any, NULL, link->metric);
	if (!a->family)
		return;
	if (!is_near(link, a))
		rtnl_add_route(msg, index, a, NULL, link->metric);
	rtnl_add_route(msg, index, &any, a, link->metric);
}

/* The requests that set up a link, in this order: up, an address each, the
 * routes.  What is to stay down has no routes yet. */
static void put_link(struct netlink_msg *msg, const struct net_link *link,
		     unsigned int index)
{
	rtnl_set_link(msg, index, NULL, link->down ? 0 : IFF_UP, IFF_UP);
	for (size_t i = 0; i < link->inside_count; i++)
		rtnl_add_address(msg, index, &link->inside[i]);
	if (link->down)
		return;
	for (int i = 0; i < 2; i++)
		put_gateway(msg, link, index, i);
}

static int link_failed(const struct netlink *nl, const struct net_link *link,
		       unsigned int which)
{
	if (which == 0)
		return fail("cannot bring up '%s'%s", link->name, nl->why);
	if (which <= link->inside_count)
		return fail("cannot give '%s' the address '%s'%s", link->name,
			    format_address(&link->inside[which - 1]).text,
			    nl->why);
	return fail("cannot set the default route of '%s'%s", link->name,
		    nl->why);
}

/* One send for all of a link; lo travels with the first. */
static int configure_link(struct netlink *nl, const struct net_link *link,
			  bool with_lo)
{
	struct netlink_msg msg;
	unsigned int index = rtnl_index(nl, link->name);

	if (index == 0)
		return fail("cannot find '%s' in the container", link->name);
	netlink_clear(&msg);
	if (with_lo)
		rtnl_set_link(&msg, 0, "lo", IFF_UP, IFF_UP);
	put_link(&msg, link, index);
	if (netlink_request(nl, &msg) == 0)
		return 0;
	if (with_lo && nl->failed == 0)
		return fail("cannot bring up 'lo'%s", nl->why);
	return link_failed(nl, link, nl->failed - with_lo);
}

static int configure_all(const struct net *net, struct netlink *nl)
{
	for (size_t i = 0; i < net->count; i++)
		if (configure_link(nl, &net->links[i], i == 0) < 0)
			return -1;
	return 0;
}

/* The one thing for which netlink is not the shortest way: three calls instead
 * of five, and none of the pages that messages take.  Any socket will do. */
static int configure_lo(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail("cannot bring up 'lo'");
	return 0;
}

/* As docker has it: ping(8) works for everybody, without a capability.  On what
 * has no such file, or no such group, only root may. */
static void allow_ping(const struct net *net)
{
	const unsigned int ours = 1U << NET_VETH | 1U << NET_NAT;

	if (net->kinds & ours && net->count > 0)
		write_file_at(-1, "/proc/sys/net/ipv4/ping_group_range",
			      "0 2147483647");
}

int net_configure(const struct net *net)
{
	struct netlink nl;
	int result;

	if (net->count == 0)
		return configure_lo();
	allow_ping(net);
	if (netlink_open(&nl, NETLINK_ROUTE) < 0)
		return fail("cannot open a routing socket");
	result = configure_all(net, &nl);
	netlink_close(&nl);
	return result;
}
