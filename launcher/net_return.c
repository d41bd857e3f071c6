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

static void add_altnames(const struct net_lent *l, unsigned int index)
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
		warn("cannot give '%s' its other names back%s", l->name,
		     l->here->why);
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

/* Down first: some drivers take neither a name nor an address otherwise. */
static int move_as(const struct net_lent *l, const char *name)
{
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_set_link(&msg, l->index, NULL, 0, FLAGS);
	rtnl_set_link(&msg, l->index, name, 0, 0);
	netlink_put_u32(&msg, IFLA_NET_NS_FD, (uint32_t)l->host);
	put_attributes(&msg, l);
	return netlink_request(l->inside, &msg);
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
		return fail("cannot take '%s' back from the container%s",
			    l->name, l->inside->why);
	if (!taken)
		return 0;
	warnx("cannot give '%s' its name back, which another device has: it is "
	      "called lent0, or lent1 ... now",
	      l->name);
	return 1;
}

/* The index may be another one now, and stands in the message. */
static void patch_index(char *bytes, size_t len, int type, unsigned int index)
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
		at += NLA_ALIGN(a->nla_len);
	}
}

/* Send the kernel's own messages of a key again. */
static void replay(const struct net_lent *l, const char *key, int type,
		   unsigned int index)
{
	for (size_t i = 0; i < l->count; i++) {
		union {
			struct rtmsg header; /* for the alignment */
			uint8_t bytes[NET_LENT_MESSAGE_MAX];
		} m = { .bytes = { 0 } };
		struct netlink_msg msg;
		ssize_t len;

		if (strcmp(l->items[i].key, key) != 0)
			continue;
		len = parse_hex(l->items[i].value, m.bytes, sizeof(m.bytes));
		if (len < (ssize_t)sizeof(struct ifaddrmsg))
			continue;
		patch_index((char *)m.bytes, (size_t)len, type, index);
		netlink_clear(&msg);
		memcpy(netlink_begin(
			       &msg, type,
			       NLM_F_CREATE |
				       (m.header.rtm_family == AF_INET &&
							type == RTM_NEWROUTE
						? NLM_F_APPEND
						: NLM_F_EXCL),
			       (size_t)len),
		       m.bytes, (size_t)len);
		if (netlink_request(l->here, &msg) < 0 && errno != EEXIST)
			warn("cannot give '%s' %s back%s", l->name,
			     type == RTM_NEWADDR ? "an address" : "a route",
			     l->here->why);
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

/* Its index here; 0: it is not here. */
static unsigned int find(const struct net_lent *l)
{
	struct search search = { .lent = l };

	if (rtnl_get_link(l->here, 0, l->name, match_mac, &search) < 0)
		return 0;
	return search.index;
}

void net_lent_restore(const struct net_lent *l)
{
	struct netlink_msg msg;
	unsigned int index = find(l);
	unsigned int master = l->master ? rtnl_index(l->here, l->master) : 0;

	if (index == 0) {
		warnx("cannot set up '%s', which was lent: it is gone",
		      l->name);
		return;
	}
	netlink_clear(&msg);
	rtnl_set_link(&msg, index, NULL, (unsigned int)l->flags & FLAGS, FLAGS);
	if (master)
		netlink_put_u32(&msg, IFLA_MASTER, master);
	if (netlink_request(l->here, &msg) < 0)
		warn("cannot set up '%s', which was lent%s", l->name,
		     l->here->why);
	add_altnames(l, index);
	replay(l, "address", RTM_NEWADDR, index);
	replay(l, "near", RTM_NEWROUTE, index);
	replay(l, "route", RTM_NEWROUTE, index);
}
