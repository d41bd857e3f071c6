/* rtnl.c - links, addresses and routes, as requests and as replies */
#include "rtnl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "text.h"

unsigned int rtnl_index(struct netlink *nl, const char *name)
{
	struct ifreq request = { 0 };

	if (copy_text(request.ifr_name, sizeof(request.ifr_name), name) < 0)
		return 0;
	/* Any socket takes this one; it saves building and parsing. */
	if (ioctl(nl->fd, SIOCGIFINDEX, &request) < 0)
		return 0;
	return request.ifr_ifindex;
}

uint32_t rtnl_mtu(const struct netlink *nl, const char *name)
{
	struct ifreq request = { 0 };

	if (copy_text(request.ifr_name, sizeof(request.ifr_name), name) < 0 ||
	    ioctl(nl->fd, SIOCGIFMTU, &request) < 0)
		return 0;
	return (uint32_t)request.ifr_mtu;
}

int rtnl_name(struct netlink *nl, unsigned int index, char name[IFNAMSIZ])
{
	struct ifreq request = { .ifr_ifindex = index };

	if (ioctl(nl->fd, SIOCGIFNAME, &request) < 0)
		return -1;
	return copy_text(name, IFNAMSIZ, request.ifr_name);
}

const char *rtnl_bad_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= IFNAMSIZ)
		return "1 to 15 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "not a name";
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || strchr("/:,%", *name))
			return "no blanks, none of / : , %";
	return NULL;
}

void rtnl_new_link(struct netlink_msg *msg, const char *name,
		   unsigned int flags)
{
	struct ifinfomsg *link =
		netlink_begin(msg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			      sizeof(*link));

	link->ifi_flags = flags;
	link->ifi_change = flags;
	netlink_put_str(msg, IFLA_IFNAME, name);
}

void rtnl_set_link(struct netlink_msg *msg, unsigned int index,
		   const char *name, unsigned int flags, unsigned int change)
{
	struct ifinfomsg *link =
		netlink_begin(msg, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = index;
	link->ifi_flags = flags;
	link->ifi_change = change;
	if (name)
		netlink_put_str(msg, IFLA_IFNAME, name);
}

void rtnl_delete_link(struct netlink_msg *msg, unsigned int index)
{
	struct ifinfomsg *link =
		netlink_begin(msg, RTM_DELLINK, 0, sizeof(*link));

	link->ifi_index = index;
}

void rtnl_add_peer_address(struct netlink_msg *msg, unsigned int index,
			   const struct address *a, const struct address *peer)
{
	struct ifaddrmsg *header =
		netlink_begin(msg, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
			      sizeof(*header));

	header->ifa_family = a->family;
	header->ifa_prefixlen = peer->prefix;
	header->ifa_index = index;
	/* Nobody else is on a new link: no use to wait for objections. */
	if (a->family == AF_INET6)
		header->ifa_flags = IFA_F_NODAD;
	netlink_put(msg, IFA_LOCAL, a->bytes, address_size(a));
	netlink_put(msg, IFA_ADDRESS, peer->bytes, address_size(peer));
}

void rtnl_add_address(struct netlink_msg *msg, unsigned int index,
		      const struct address *a)
{
	rtnl_add_peer_address(msg, index, a, a);
	/* A network of one or two has no broadcast address (RFC 3021). */
	if (a->family == AF_INET && a->prefix < 31) {
		struct address last = address_broadcast(a);

		netlink_put(msg, IFA_BROADCAST, last.bytes, 4);
	}
}

void rtnl_delete_address(struct netlink_msg *msg, unsigned int index,
			 const struct address *a)
{
	struct ifaddrmsg *header =
		netlink_begin(msg, RTM_DELADDR, 0, sizeof(*header));

	header->ifa_family = a->family;
	header->ifa_prefixlen = a->prefix;
	header->ifa_index = index;
	netlink_put(msg, IFA_LOCAL, a->bytes, address_size(a));
}

void rtnl_add_route(struct netlink_msg *msg, unsigned int index,
		    const struct address *destination,
		    const struct address *gateway, uint32_t metric)
{
	struct rtmsg *route =
		netlink_begin(msg, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
			      sizeof(*route));

	route->rtm_family = destination->family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	route->rtm_type = RTN_UNICAST;
	route->rtm_dst_len = destination->prefix;
	if (destination->prefix > 0)
		netlink_put(msg, RTA_DST, destination->bytes,
			    address_size(destination));
	if (gateway)
		netlink_put(msg, RTA_GATEWAY, gateway->bytes,
			    address_size(gateway));
	netlink_put_u32(msg, RTA_OIF, index);
	if (metric)
		netlink_put_u32(msg, RTA_PRIORITY, metric);
}

int rtnl_link(const struct nlmsghdr *item, struct rtnl_link *link)
{
	const struct nlattr *attrs[IFLA_LINKINFO + 1];
	const struct nlattr *info[IFLA_INFO_KIND + 1];
	const struct ifinfomsg *header = netlink_family(item, sizeof(*header));

	if (item->nlmsg_type != RTM_NEWLINK || !header)
		return -1;
	netlink_attrs(item, sizeof(*header), attrs, IFLA_LINKINFO);
	netlink_nested(attrs[IFLA_LINKINFO], info, IFLA_INFO_KIND);
	*link = (struct rtnl_link){
		.index = header->ifi_index,
		.flags = header->ifi_flags,
		.type = header->ifi_type,
		.mtu = netlink_u32(attrs[IFLA_MTU]),
		.master = netlink_u32(attrs[IFLA_MASTER]),
		.parent = netlink_u32(attrs[IFLA_LINK]),
		.name = netlink_text(attrs[IFLA_IFNAME]),
		.kind = netlink_text(info[IFLA_INFO_KIND]),
	};
	if (netlink_len(attrs[IFLA_ADDRESS]) == MAC_SIZE)
		link->mac = netlink_data(attrs[IFLA_ADDRESS], MAC_SIZE);
	return link->name ? 0 : -1;
}

void rtnl_each_altname(const struct nlmsghdr *item,
		       void (*visit)(const char *name, void *arg), void *arg)
{
	const struct nlattr *attrs[IFLA_PROP_LIST + 1];
	const struct nlattr *list;
	const char *at;
	size_t left;

	netlink_attrs(item, sizeof(struct ifinfomsg), attrs, IFLA_PROP_LIST);
	list = attrs[IFLA_PROP_LIST];
	left = netlink_len(list);
	at = left ? netlink_data(list, 1) : NULL;
	while (at && left >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > left)
			return;
		if ((a->nla_type & NLA_TYPE_MASK) == IFLA_ALT_IFNAME &&
		    netlink_text(a))
			visit(netlink_text(a), arg);
		if (step >= left)
			return;
		at += step;
		left -= step;
	}
}

static void take_address(const struct nlattr *attr, struct address *a)
{
	const void *bytes = netlink_data(attr, address_size(a));

	if (bytes)
		memcpy(a->bytes, bytes, address_size(a));
}

int rtnl_address(const struct nlmsghdr *item, struct rtnl_address *address)
{
	const struct nlattr *attrs[IFA_FLAGS + 1];
	const struct ifaddrmsg *header = netlink_family(item, sizeof(*header));
	struct address empty;

	if (item->nlmsg_type != RTM_NEWADDR || !header)
		return -1;
	if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
		return -1;
	netlink_attrs(item, sizeof(*header), attrs, IFA_FLAGS);
	if (!attrs[IFA_ADDRESS])
		return -1;
	empty = (struct address){ .family = header->ifa_family,
				  .prefix = header->ifa_prefixlen };
	*address = (struct rtnl_address){
		.index = header->ifa_index,
		.flags = attrs[IFA_FLAGS] ? netlink_u32(attrs[IFA_FLAGS])
					  : header->ifa_flags,
		.scope = header->ifa_scope,
		.local = empty,
		.peer = empty,
	};
	take_address(attrs[IFA_ADDRESS], &address->peer);
	take_address(attrs[attrs[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS],
		     &address->local);
	return 0;
}

int rtnl_get_link(struct netlink *nl, unsigned int index, const char *name,
		  netlink_item *item, void *arg)
{
	struct netlink_msg msg;
	struct ifinfomsg *link;

	netlink_clear(&msg);
	link = netlink_begin(&msg, RTM_GETLINK, 0, sizeof(*link));
	link->ifi_index = index;
	if (name)
		netlink_put_str(&msg, IFLA_IFNAME, name);
	return netlink_ask(nl, &msg, item, arg);
}

int rtnl_each_link(struct netlink *nl, netlink_item *item, void *arg)
{
	struct netlink_msg msg;

	netlink_clear(&msg);
	netlink_begin(&msg, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	return netlink_dump(nl, &msg, item, arg);
}

int rtnl_each_address(struct netlink *nl, uint8_t family, netlink_item *item,
		      void *arg)
{
	struct netlink_msg msg;
	struct ifaddrmsg *header;

	netlink_clear(&msg);
	header = netlink_begin(&msg, RTM_GETADDR, 0, sizeof(*header));
	header->ifa_family = family;
	return netlink_dump(nl, &msg, item, arg);
}

int rtnl_each_route(struct netlink *nl, uint8_t family, netlink_item *item,
		    void *arg)
{
	struct netlink_msg msg;
	struct rtmsg *header;

	netlink_clear(&msg);
	header = netlink_begin(&msg, RTM_GETROUTE, 0, sizeof(*header));
	header->rtm_family = family;
	return netlink_dump(nl, &msg, item, arg);
}

static int match_local(const struct nlmsghdr *item, void *arg)
{
	const struct rtmsg *route = netlink_family(item, sizeof(*route));

	if (route)
		*(bool *)arg = route->rtm_type == RTN_LOCAL &&
			       route->rtm_dst_len >= 32;
	return 0;
}

bool rtnl_is_local(struct netlink *nl, const struct address *a)
{
	struct netlink_msg msg;
	struct rtmsg *route;
	bool local = false;

	netlink_clear(&msg);
	route = netlink_begin(&msg, RTM_GETROUTE, 0, sizeof(*route));
	route->rtm_family = a->family;
	route->rtm_dst_len = address_bits(a);
	/* Tell the route itself (since Linux 4.13): a network on lo makes all
	 * its addresses local, but ours could still be taken out of it. */
	route->rtm_flags = RTM_F_FIB_MATCH;
	netlink_put(&msg, RTA_DST, a->bytes, address_size(a));
	/* An error is a route that leads nowhere, or none. */
	return netlink_ask(nl, &msg, match_local, &local) == 0 && local;
}
