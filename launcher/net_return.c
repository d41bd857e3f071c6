/* net_return.c - take a lent device back from where it is; see net_lent.c
 *
 * Everything here may be done twice, by launchers that are killed in between:
 * what is there already is no error.
 */
#include "net_lent.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

enum {
	HARDWARE_MAX = 32, /* bytes of a hardware address */
	/* What a user can switch; the rest is the kernel's. */
	FLAGS = IFF_UP | IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC |
		IFF_MULTICAST | IFF_PORTSEL | IFF_AUTOMEDIA | IFF_ALLMULTI |
		IFF_PROMISC,
};

static void put_altname(const char *name, void *arg)
{
	netlink_put_str(arg, IFLA_ALT_IFNAME, name);
}

static int put_altnames(const struct nlmsghdr *item, void *arg)
{
	rtnl_each_altname(item, put_altname, arg);
	return 0;
}

static size_t begin_altnames(struct netlink_msg *msg, int type, int flags,
			     unsigned int index)
{
	struct ifinfomsg *link;

	netlink_clear(msg);
	link = netlink_begin(msg, type, flags, sizeof(*link));
	link->ifi_index = (int)index;
	return netlink_nest(msg, IFLA_PROP_LIST);
}

/* Names that it has inside may be others' here: away with them. */
static void remove_altnames(const struct net_lent *l)
{
	struct netlink_msg msg;
	/* No NLM_F_EXCL: for deleting the same bit is NLM_F_BULK, and refused. */
	size_t list = begin_altnames(&msg, RTM_DELLINKPROP, 0, l->index);
	size_t empty = msg.len;

	if (rtnl_get_link(l->inside, l->index, NULL, put_altnames, &msg) < 0 ||
	    msg.len == empty)
		return;
	netlink_unnest(&msg, list);
	netlink_request(l->inside, &msg);
}

/* With more memory, or by a launcher that may, it can be had later: see
 * net_lent.c.  What is of no use any more cannot. */
static void missed(struct net_lent *l, const char *verb, const char *what)
{
	warn("cannot %s '%s'%s%s", verb, l->name, what, l->here->why);
	l->missed |= errno == EPERM || errno == ENOMEM || errno == ENOBUFS;
}

static void add_altnames(struct net_lent *l, unsigned int index)
{
	struct netlink_msg msg;
	size_t list = begin_altnames(&msg, RTM_NEWLINKPROP,
				     NLM_F_CREATE | NLM_F_EXCL, index);
	size_t empty = msg.len;

	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i].key, "altname") == 0)
			put_altname(l->items[i].value, &msg);
	if (msg.len == empty)
		return;
	netlink_unnest(&msg, list);
	if (netlink_request(l->here, &msg) < 0 && errno != EEXIST)
		missed(l, "give", " its other names back");
}

static const char *value_of(const struct net_lent *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i].key, key) == 0)
			return l->items[i].value;
	return NULL;
}

static void put_attributes(struct netlink_msg *msg, const struct net_lent *l)
{
	uint8_t mac[HARDWARE_MAX] = { 0 };
	const char *text = value_of(l, "mac");
	ssize_t len = text ? parse_hex(text, mac, sizeof(mac)) : 0;

	if (len > 0)
		netlink_put(msg, IFLA_ADDRESS, mac, (size_t)len);
	netlink_put_u32(msg, IFLA_MTU, (uint32_t)l->mtu);
}

/* One that it cannot have makes the kernel give it back not at all. */
static bool is_free(const struct net_lent *l, unsigned int index)
{
	char name[IFNAMSIZ];

	return index && rtnl_name(l->here, index, name) < 0;
}

/* Down first: some drivers take neither a name nor an address otherwise. */
static int move_as(const struct net_lent *l, const char *name)
{
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_set_link(&msg, l->index, NULL, 0, FLAGS);
	rtnl_set_link(&msg, l->index, name, 0, 0);
	if (l->radio < 0)
		netlink_put_u32(&msg, IFLA_NET_NS_FD, (uint32_t)l->host);
	if (l->home != l->index && is_free(l, (unsigned int)l->home))
		netlink_put_u32(&msg, IFLA_NEW_IFINDEX, (uint32_t)l->home);
	put_attributes(&msg, l);
	if (netlink_request(l->inside, &msg) < 0)
		return fail("cannot take '%s' back from the container%s",
			    l->name, l->inside->why);
	return l->radio < 0
		       ? 0
		       : net_radio_move(l->radio, l->name, l->netns, l->host);
}

/* The name is looked at before: on failure it would be half moved. */
int net_lent_move(const struct net_lent *l)
{
	bool taken = rtnl_index(l->here, l->name) != 0;
	char name[IFNAMSIZ];

	if (rtnl_name(l->inside, l->index, name) < 0)
		return errno == ENODEV ? 0 : -1; /* it is here already */
	remove_altnames(l);
	if (move_as(l, taken ? "lent%d" : l->name) < 0)
		return -1;
	if (!taken)
		return 0;
	warnx("cannot give '%s' its name back, which another device has: it is "
	      "called lent0, or lent1 ... now",
	      l->name);
	return 1;
}

static void patch_ways(struct nlattr *ways, unsigned int from, unsigned int to)
{
	char *at = (char *)ways + NLA_HDRLEN;
	size_t left = netlink_len(ways);

	while (left >= sizeof(struct rtnexthop)) {
		struct rtnexthop *way = (void *)at;
		size_t step = RTNH_ALIGN(way->rtnh_len);

		way->rtnh_flags &= RTNH_F_ONLINK;
		if ((unsigned int)way->rtnh_ifindex == from)
			way->rtnh_ifindex = (int)to;
		if (step < sizeof(*way) || step >= left)
			return;
		at += step;
		left -= step;
	}
}

/* The index may be another one now, and stands in the message. */
static void patch_index(char *bytes, size_t len, int type, unsigned int old,
			unsigned int index)
{
	struct ifaddrmsg *address = (void *)bytes;
	size_t at = NLMSG_ALIGN(sizeof(struct rtmsg));

	if (type == RTM_NEWADDR) {
		address->ifa_index = index;
		return;
	}
	/* What it says of the state of things is not ours to say. */
	((struct rtmsg *)(void *)bytes)->rtm_flags &= RTNH_F_ONLINK;
	while (at + NLA_HDRLEN <= len) {
		struct nlattr *a = (void *)(bytes + at);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len - at)
			return;
		if (a->nla_type == RTA_OIF &&
		    a->nla_len == NLA_HDRLEN + sizeof(index))
			memcpy((char *)a + NLA_HDRLEN, &index, sizeof(index));
		if (a->nla_type == RTA_MULTIPATH)
			patch_ways(a, old, index);
		at += NLA_ALIGN(a->nla_len);
	}
}

/* The name of an IPv4 address begins with that of its device as it was: "eth0",
 * "eth0:1".  Takes it out of the message, as the kernel knows no attribute 0, and
 * puts into label what it is to be; "": there was none. */
static void take_label(char *bytes, size_t len, const struct net_lent *l,
		       char label[IFNAMSIZ])
{
	size_t at = NLMSG_ALIGN(sizeof(struct ifaddrmsg)), was = strlen(l->was);

	*label = '\0';
	while (at + NLA_HDRLEN <= len) {
		struct nlattr *a = (void *)(bytes + at);
		const char *text = netlink_text(a);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len - at)
			return;
		at += NLA_ALIGN(a->nla_len);
		if (a->nla_type != IFA_LABEL || !text ||
		    !starts_with(text, l->was) ||
		    (text[was] && text[was] != ':'))
			continue;
		if (format(label, IFNAMSIZ, "%s%s", l->name, text + was) < 0)
			copy_text(label, IFNAMSIZ, l->name);
		a->nla_type = IFA_UNSPEC;
	}
}

/* Send the kernel's own messages of a key again. */
static void replay(struct net_lent *l, const char *key, int type,
		   unsigned int index, int flags)
{
	for (size_t i = 0; i < l->count; i++) {
		union {
			struct rtmsg header; /* for the alignment */
			uint8_t bytes[NET_LENT_MESSAGE_MAX];
		} m = { .bytes = { 0 } };
		struct netlink_msg msg;
		int mode = NLM_F_CREATE | flags;
		char label[IFNAMSIZ] = "";
		ssize_t len;

		if (strcmp(l->items[i].key, key) != 0)
			continue;
		len = parse_hex(l->items[i].value, m.bytes, sizeof(m.bytes));
		if (len < (ssize_t)sizeof(struct ifaddrmsg))
			continue;
		patch_index((char *)m.bytes, (size_t)len, type, l->index,
			    index);
		if (type == RTM_NEWADDR)
			take_label((char *)m.bytes, (size_t)len, l, label);
		/* Of IPv4 there may be several routes that differ in nothing
		 * that NLM_F_EXCL looks at. */
		if (flags == NLM_F_EXCL && type == RTM_NEWROUTE &&
		    m.header.rtm_family == AF_INET)
			mode = NLM_F_CREATE | NLM_F_APPEND;
		netlink_clear(&msg);
		memcpy(netlink_begin(&msg, type, mode, (size_t)len), m.bytes,
		       (size_t)len);
		if (*label)
			netlink_put_str(&msg, IFA_LABEL, label);
		if (netlink_request(l->here, &msg) < 0 && errno != EEXIST)
			missed(l, "give",
			       type == RTM_NEWADDR ? " an address back"
						   : " a route back");
	}
}

struct search {
	const struct net_lent *lent;
	unsigned int index;
};

/* Names and indexes may be others' by now, hardware addresses are not. */
static int match_mac(const struct nlmsghdr *item, void *arg)
{
	const struct nlattr *attrs[IFLA_ADDRESS + 1];
	struct search *search = arg;
	const char *text = value_of(search->lent, "mac");
	uint8_t mac[HARDWARE_MAX] = { 0 };
	struct rtnl_link link;
	ssize_t len = text ? parse_hex(text, mac, sizeof(mac)) : 0;

	if (!item || rtnl_link(item, &link) < 0)
		return 0;
	netlink_attrs(item, sizeof(struct ifinfomsg), attrs, IFLA_ADDRESS);
	if (len >= 0 && netlink_len(attrs[IFLA_ADDRESS]) == (size_t)len &&
	    (len == 0 || memcmp(netlink_data(attrs[IFLA_ADDRESS], 1), mac,
				(size_t)len) == 0))
		search->index = link.index;
	return 0;
}

/* Its index here; 0 with ENODEV: it is not here. */
static unsigned int find(const struct net_lent *l)
{
	struct search search = { .lent = l };

	if (rtnl_get_link(l->here, 0, l->name, match_mac, &search) == 0)
		errno = ENODEV; /* unless it is there */
	return search.index;
}

/* What can be set of a bridge's port; its state is the bridge's own to find. */
static const uint64_t port_settings =
	1ULL << IFLA_BRPORT_PRIORITY | 1ULL << IFLA_BRPORT_COST |
	1ULL << IFLA_BRPORT_MODE | 1ULL << IFLA_BRPORT_GUARD |
	1ULL << IFLA_BRPORT_PROTECT | 1ULL << IFLA_BRPORT_FAST_LEAVE |
	1ULL << IFLA_BRPORT_LEARNING | 1ULL << IFLA_BRPORT_UNICAST_FLOOD |
	1ULL << IFLA_BRPORT_PROXYARP | 1ULL << IFLA_BRPORT_PROXYARP_WIFI |
	1ULL << IFLA_BRPORT_MULTICAST_ROUTER | 1ULL << IFLA_BRPORT_MCAST_FLOOD |
	1ULL << IFLA_BRPORT_MCAST_TO_UCAST | 1ULL << IFLA_BRPORT_BCAST_FLOOD |
	1ULL << IFLA_BRPORT_NEIGH_SUPPRESS | 1ULL << IFLA_BRPORT_ISOLATED;

static void put_port(struct netlink_msg *msg, const uint8_t *bytes, size_t len)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)bytes;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return;
		if (a->nla_type < 64 && port_settings >> a->nla_type & 1)
			netlink_put(msg, a->nla_type, bytes + NLA_HDRLEN,
				    netlink_len(a));
		if (step >= len)
			return;
		bytes += step;
		len -= step;
	}
}

static void restore_port(struct net_lent *l, unsigned int index)
{
	const char *text = value_of(l, "port");
	union {
		struct nlattr first; /* for the alignment */
		uint8_t bytes[NET_LENT_MESSAGE_MAX];
	} port;
	struct netlink_msg msg;
	size_t info, data;
	ssize_t len = text ? parse_hex(text, port.bytes, sizeof(port)) : 0;

	if (len <= 0)
		return;
	netlink_clear(&msg);
	rtnl_set_link(&msg, index, NULL, 0, 0);
	info = netlink_nest(&msg, IFLA_LINKINFO);
	netlink_put_str(&msg, IFLA_INFO_SLAVE_KIND, "bridge");
	data = netlink_nest(&msg, IFLA_INFO_SLAVE_DATA);
	put_port(&msg, port.bytes, (size_t)len);
	netlink_unnest(&msg, data);
	netlink_unnest(&msg, info);
	if (netlink_request(l->here, &msg) < 0)
		missed(l, "set up", " as a bridge's port again");
}

int net_lent_restore(struct net_lent *l)
{
	struct netlink_msg msg;
	unsigned int index = find(l), master;

	if (index == 0 && errno != ENODEV) {
		missed(l, "look for", ", which was lent");
		return -1;
	}
	if (index == 0) {
		warnx("cannot set up '%s', which was lent: it is gone",
		      l->name);
		return 0;
	}
	master = l->master ? rtnl_index(l->here, l->master) : 0;
	netlink_clear(&msg);
	rtnl_set_link(&msg, index, NULL, (unsigned int)l->flags & FLAGS, FLAGS);
	if (master)
		netlink_put_u32(&msg, IFLA_MASTER, master);
	if (netlink_request(l->here, &msg) < 0)
		missed(l, "set up", ", which was lent");
	add_altnames(l, index);
	restore_port(l, index);
	replay(l, "address", RTM_NEWADDR, index, NLM_F_EXCL);
	replay(l, "near", RTM_NEWROUTE, index, NLM_F_EXCL);
	replay(l, "route", RTM_NEWROUTE, index, NLM_F_EXCL);
	/* Without us they may have lost a way, not all. */
	replay(l, "ways", RTM_NEWROUTE, index, NLM_F_REPLACE);
	return l->missed ? -1 : 0;
}
