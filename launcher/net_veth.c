/* net_veth.c - a pair of virtual Ethernet devices, one end in the container
 *
 * One request makes the pair with its peer in place.  With link= the host's
 * end is a port of that bridge; without it is point to point, by default with
 * the first free pair of addresses of 169.254.0.0/16.
 *
 * Launchers know nothing of each other.  The name "ve-N" of the host's end is
 * what reserves number N: the kernel lets only one have it.  A user's own
 * name replaces it at the end, when the address is there and reserves it; so
 * whoever got "ve-N" looks once more whether the address is taken.
 */
#include "net_kind.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/veth.h>

#include "common/io.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"

enum {
	SURPRISES_MAX = 8, /* numbers lost to others before we give up */
	NAME_TRIES = 100,
};

static bool is_automatic(const struct net_spec *spec)
{
	return !spec->link && spec->address_count == 0;
}

static int keep_kind(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_link link;

	if (rtnl_link(item, &link) == 0)
		*(bool *)arg = link.kind && strcmp(link.kind, "bridge") == 0;
	return 0;
}

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	struct netlink *nl = &net->nl;
	bool is_bridge = false;

	if (spec->pair && rtnl_index(nl, spec->pair) != 0)
		return failx("cannot create veth '%s' for '%s': the host has "
			     "a link of that name already",
			     spec->pair, link->name);
	if (!spec->link)
		return 0;
	if (rtnl_get_link(nl, 0, spec->link, keep_kind, &is_bridge) < 0)
		return fail("cannot find bridge '%s'", spec->link);
	if (!is_bridge)
		return failx("cannot attach '%s' to '%s': it is not a bridge",
			     link->name, spec->link);
	return 0;
}

/* The end in the container.  It cannot be made up from the start: that wants
 * the other end, which is not there yet. */
static void put_peer(struct netlink_msg *msg, const struct net_spec *spec,
		     const struct net_link *link, pid_t pid)
{
	size_t peer = netlink_nest(msg, VETH_INFO_PEER);
	uint8_t mac[MAC_SIZE];
	struct ifinfomsg *header;

	header = netlink_room(msg, sizeof(*header));
	header->ifi_index = (int)spec->index;
	netlink_put_str(msg, IFLA_IFNAME, link->name);
	netlink_put_u32(msg, IFLA_NET_NS_PID, pid);
	if (spec->hwaddr && parse_mac(spec->hwaddr, mac) == 0)
		netlink_put(msg, IFLA_ADDRESS, mac, sizeof(mac));
	if (spec->mtu)
		netlink_put_u32(msg, IFLA_MTU, spec->mtu);
	netlink_unnest(msg, peer);
}

static int keep_highest(const struct nlmsghdr *item, void *arg)
{
	unsigned int *highest = arg;
	struct rtnl_link link;

	if (item && rtnl_link(item, &link) == 0 && link.index > *highest)
		*highest = link.index;
	return 0;
}

/* The kernel takes an index for the peer only if the other one has one, too. */
static void put_index(struct netlink *nl, struct netlink_msg *msg,
		      const struct net_spec *spec)
{
	struct ifinfomsg *header = NLMSG_DATA(&msg->header);
	unsigned int highest = 0;

	if (spec->index && rtnl_each_link(nl, keep_highest, &highest) == 0)
		header->ifi_index = (int)highest + 1;
}

static int create_pair(struct netlink *nl, const struct net_spec *spec,
		       struct net_link *link, pid_t pid)
{
	struct netlink_msg msg;
	unsigned int bridge = spec->link ? rtnl_index(nl, spec->link) : 0;

	netlink_clear(&msg);
	rtnl_new_link(&msg, link->host, 0);
	put_index(nl, &msg, spec);
	if (bridge)
		netlink_put_u32(&msg, IFLA_MASTER, bridge);
	if (spec->mtu)
		netlink_put_u32(&msg, IFLA_MTU, spec->mtu);

	size_t info = netlink_nest(&msg, IFLA_LINKINFO);

	netlink_put_str(&msg, IFLA_INFO_KIND, "veth");

	size_t data = netlink_nest(&msg, IFLA_INFO_DATA);

	put_peer(&msg, spec, link, pid);
	netlink_unnest(&msg, data);
	netlink_unnest(&msg, info);
	if (netlink_request(nl, &msg) < 0)
		return -1;
	link->index = rtnl_index(nl, link->host);
	return link->index ? 0 : -1;
}

static int remove_pair(struct netlink *nl, struct net_link *link)
{
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_delete_link(&msg, link->index);
	if (netlink_request(nl, &msg) < 0 && errno != ENODEV)
		return fail("cannot remove veth '%s'%s", link->host, nl->why);
	link->index = 0;
	return 0;
}

static int create_failed(const struct netlink *nl, const char *name)
{
	return fail("cannot create veth '%s'%s", name, nl->why);
}

/* Take the first free number and make its pair. */
static int create_numbered(struct netlink *nl, const struct net_spec *spec,
			   struct net_link *link, pid_t pid)
{
	struct net_pool pool;
	int surprises = 0;

	if (net_pool_read(&pool, nl) < 0)
		return fail("cannot read the addresses in use");
	for (unsigned int n = net_pool_next(&pool, 0); n < NET_POOL_SIZE;
	     n = net_pool_next(&pool, n + 1)) {
		if (!net_is_kept(spec, net_pool_inside(n)))
			continue;
		link->inside[0] = net_pool_inside(n);
		link->inside_count = 1;
		link->outside = net_pool_outside(n);
		format(link->host, sizeof(link->host), "ve-%u", n + 1);
		if (create_pair(nl, spec, link, pid) < 0) {
			/* Else it is the other end's name that exists. */
			if (errno == EEXIST &&
			    (rtnl_index(nl, link->host) != 0 ||
			     ++surprises < SURPRISES_MAX))
				continue;
			return create_failed(nl, link->host);
		}
		if (!rtnl_is_local(nl, &link->outside))
			return 0;
		if (remove_pair(nl, link) < 0)
			return -1;
		if (++surprises == SURPRISES_MAX)
			break;
	}
	if (spec->kept)
		return net_kept_failed(spec, link);
	return failx("cannot create a veth for '%s': all of 169.254.0.0/16 is "
		     "in use",
		     link->name);
}

/* No number is needed, just any name that nobody has. */
static int create_named(struct netlink *nl, const struct net_spec *spec,
			struct net_link *link, pid_t pid)
{
	if (spec->pair) {
		copy_text(link->host, sizeof(link->host), spec->pair);
		return create_pair(nl, spec, link, pid) < 0
			       ? create_failed(nl, link->host)
			       : 0;
	}
	for (int i = 0; i < NAME_TRIES; i++) {
		format(link->host, sizeof(link->host), "vp%x-%d", (int)pid, i);
		if (create_pair(nl, spec, link, pid) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return create_failed(nl, link->host);
}

struct search {
	unsigned int index;
	struct address *found;
};

static int keep_address(const struct nlmsghdr *item, void *arg)
{
	struct search *search = arg;
	struct rtnl_address a;

	if (item && rtnl_address(item, &a) == 0 && a.index == search->index &&
	    a.scope == RT_SCOPE_UNIVERSE && !search->found->family)
		*search->found = a.local;
	return 0;
}

/* gw=auto: the bridge's own address. */
static int find_gateway(struct netlink *nl, const struct net_spec *spec,
			struct net_link *link, int which)
{
	const char *text = which ? spec->gateway6 : spec->gateway;
	struct address *found = &link->gateways[which].address;
	struct search search = { .found = found };

	if (!text || strcmp(text, "auto") != 0)
		return 0;
	search.index = rtnl_index(nl, spec->link);
	if (rtnl_each_address(nl, which ? AF_INET6 : AF_INET, keep_address,
			      &search) < 0)
		return fail("cannot read the addresses of '%s'", spec->link);
	if (!found->family)
		return failx("cannot use '%s' as the gateway of '%s': it has "
			     "no address",
			     spec->link, link->name);
	found->prefix = (uint8_t)address_bits(found);
	return 0;
}

/* With addresses of the user's the host's end is the gateway.  One outside of
 * their networks has at least a way back to the first of them. */
static void put_gateway(struct netlink_msg *msg, struct net_link *link,
			int which)
{
	struct address own = link->gateways[which].address, peer = own;

	if (!own.family)
		return;
	for (size_t i = link->inside_count; i-- > 0;) {
		const struct address *a = &link->inside[i];

		if (address_covers(a, &own)) {
			peer = own;
			own.prefix = a->prefix;
			break;
		}
		if (a->family == own.family)
			peer = *a;
	}
	if (which == 0)
		link->outside = own;
	peer.prefix = own.prefix;
	if (address_equal(&own, &peer))
		rtnl_add_address(msg, link->index, &own);
	else
		rtnl_add_peer_address(msg, link->index, &own, &peer);
}

/* Address, name and up, in one go. */
static int finish_outside(struct netlink *nl, const struct net_spec *spec,
			  struct net_link *link, bool locked)
{
	bool rename = spec->pair && strcmp(spec->pair, link->host) != 0;
	struct netlink_msg msg;
	char file[64];

	/* Or the container could send the host router advertisements, and so
	 * get all its IPv6.  Ports of a bridge do not listen to them. */
	if (!spec->link &&
	    format(file, sizeof(file), "/proc/sys/net/ipv6/conf/%s/accept_ra",
		   link->host) == 0)
		write_file_at(-1, file, "0");
	netlink_clear(&msg);
	if (link->outside.family)
		rtnl_add_address(&msg, link->index, &link->outside);
	else if (!spec->link)
		for (int i = 0; i < 2; i++)
			put_gateway(&msg, link, i);
	rtnl_set_link(&msg, link->index, rename ? spec->pair : NULL, 0, 0);
	if (!locked)
		rtnl_set_link(&msg, link->index, NULL, IFF_UP, IFF_UP);
	if (msg.count > 0 && netlink_request(nl, &msg) < 0)
		return fail("cannot set up veth '%s'%s",
			    rename ? spec->pair : link->host, nl->why);
	if (rename)
		copy_text(link->host, sizeof(link->host), spec->pair);
	return 0;
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	struct netlink *nl = &net->nl;

	if (find_gateway(nl, spec, link, 0) < 0 ||
	    find_gateway(nl, spec, link, 1) < 0)
		return -1;
	if (is_automatic(spec)) {
		if (create_numbered(nl, spec, link, pid) < 0)
			return -1;
	} else if (create_named(nl, spec, link, pid) < 0) {
		return -1;
	}
	return finish_outside(nl, spec, link, net->locked);
}

static int remove_link(struct net *net, struct net_link *link)
{
	return remove_pair(&net->nl, link);
}

const struct net_maker net_veth = {
	.name = "veth",
	.check = check,
	.create = create,
	.remove = remove_link,
};
