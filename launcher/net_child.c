/* net_child.c - macvlan, ipvlan and vlan: devices on top of one of the host's
 *
 * They are made where they are wanted and die with the namespace; on the host
 * there is nothing to see of them.
 */
#include "net_kind.h"

#include <errno.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/rtnl.h"

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	if (rtnl_index(&net->nl, spec->link) == 0)
		return fail("cannot find '%s' for '%s'", spec->link,
			    link->name);
	if (strcmp(spec->link, "lo") == 0)
		return failx("cannot put %s '%s' on 'lo': it leads nowhere",
			     net_kind_name(spec->kind), link->name);
	/* The kernel has no word for that but EINVAL. */
	if (spec->kind != NET_IPVLAN &&
	    spec->mtu > rtnl_mtu(&net->nl, spec->link))
		return failx("cannot give %s '%s' an MTU of %u: '%s' has %u",
			     net_kind_name(spec->kind), link->name, spec->mtu,
			     spec->link, rtnl_mtu(&net->nl, spec->link));
	return 0;
}

/* The number of a mode's name; 0: the default. */
static uint32_t mode_number(const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} modes[] = {
		{ "private", MACVLAN_MODE_PRIVATE },
		{ "vepa", MACVLAN_MODE_VEPA },
		{ "bridge", MACVLAN_MODE_BRIDGE },
		{ "passthru", MACVLAN_MODE_PASSTHRU },
		{ "l2", IPVLAN_MODE_L2 },
		{ "l3", IPVLAN_MODE_L3 },
		{ "l3s", IPVLAN_MODE_L3S },
	};

	for (size_t i = 0; name && i < COUNT(modes); i++)
		if (strcmp(modes[i].name, name) == 0)
			return modes[i].number;
	return 0;
}

static void put_data(struct netlink_msg *msg, const struct net_spec *spec)
{
	switch (spec->kind) {
	case NET_MACVLAN:
		/* LXC's default, too: no talk among its likes. */
		netlink_put_u32(msg, IFLA_MACVLAN_MODE,
				spec->mode ? mode_number(spec->mode)
					   : MACVLAN_MODE_PRIVATE);
		break;
	case NET_IPVLAN:
		netlink_put_u16(msg, IFLA_IPVLAN_MODE,
				(uint16_t)mode_number(spec->mode));
		break;
	case NET_VLAN:
		netlink_put_u16(msg, IFLA_VLAN_ID, (uint16_t)spec->vlan);
		break;
	case NET_NONE:
	case NET_HOST:
	case NET_JOIN:
	case NET_VETH:
	case NET_NAT:
	case NET_PHYS:
	case NET_PASTA:
		break;
	}
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	struct netlink *nl = &net->nl;
	struct netlink_msg msg;
	uint8_t mac[MAC_SIZE];
	size_t info, data;

	netlink_clear(&msg);
	rtnl_new_link(&msg, link->name, 0);
	((struct ifinfomsg *)NLMSG_DATA(&msg.header))->ifi_index =
		(int)spec->index;
	netlink_put_u32(&msg, IFLA_LINK, rtnl_index(nl, spec->link));
	netlink_put_u32(&msg, IFLA_NET_NS_PID, (uint32_t)pid);
	if (spec->hwaddr && parse_mac(spec->hwaddr, mac) == 0)
		netlink_put(&msg, IFLA_ADDRESS, mac, sizeof(mac));
	if (spec->mtu)
		netlink_put_u32(&msg, IFLA_MTU, spec->mtu);
	info = netlink_nest(&msg, IFLA_LINKINFO);
	netlink_put_str(&msg, IFLA_INFO_KIND, net_kind_name(spec->kind));
	data = netlink_nest(&msg, IFLA_INFO_DATA);
	put_data(&msg, spec);
	netlink_unnest(&msg, data);
	netlink_unnest(&msg, info);
	if (netlink_request(nl, &msg) == 0)
		return 0;
	if (errno == EOPNOTSUPP)
		return fail("cannot create %s '%s' on '%s' (is there a "
			    "kernel module %s?)",
			    net_kind_name(spec->kind), link->name, spec->link,
			    spec->kind == NET_VLAN ? "8021q"
						   : net_kind_name(spec->kind));
	return fail("cannot create %s '%s' on '%s'%s",
		    net_kind_name(spec->kind), link->name, spec->link, nl->why);
}

const struct net_maker net_macvlan = {
	.name = "macvlan",
	.check = check,
	.create = create,
};

const struct net_maker net_ipvlan = {
	.name = "ipvlan",
	.check = check,
	.create = create,
};

const struct net_maker net_vlan = {
	.name = "vlan",
	.check = check,
	.create = create,
};
