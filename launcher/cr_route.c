/* cr_route.c - addresses and routes of a container, into an image and back */
#include "cr_route.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "common/report.h"
#include "common/rtnl.h"

enum {
	MADE_BY = 11,       /* IFA_PROTO, since Linux 5.18 */
	BY_KERNEL = 3,      /* up to that one */
	ATTRIBUTE_MAX = 20, /* RTA_PREF */
	REDIRECTED = 1,     /* RTPROT_REDIRECT */
	ADVERTISED = 9,     /* RTPROT_RA */
	KEPT_FLAGS = IFA_F_NOPREFIXROUTE | IFA_F_NODAD | IFA_F_MANAGETEMPADDR,
};

/* What is copied; what else there is the kernel finds out by itself. */
#define BIT(n) (1U << (n))
static const uint32_t address_attributes = BIT(IFA_ADDRESS) | BIT(IFA_LOCAL) |
					   BIT(IFA_LABEL) | BIT(IFA_BROADCAST) |
					   BIT(IFA_RT_PRIORITY);
static const uint32_t route_attributes =
	BIT(RTA_DST) | BIT(RTA_SRC) | BIT(RTA_OIF) | BIT(RTA_GATEWAY) |
	BIT(RTA_PRIORITY) | BIT(RTA_PREFSRC) | BIT(RTA_METRICS) |
	BIT(RTA_MULTIPATH) | BIT(RTA_TABLE) | BIT(RTA_VIA) | BIT(RTA_PREF);

static void copy(struct netlink_msg *msg, const struct nlattr *attrs[],
		 uint32_t which)
{
	for (int i = 0; i <= ATTRIBUTE_MAX; i++)
		if (attrs[i] && which >> i & 1)
			netlink_put(msg, i, netlink_data(attrs[i], 0),
				    netlink_len(attrs[i]));
}

/* False: the kernel has made it, or will. */
static bool put_address(struct netlink_msg *msg, const struct nlmsghdr *item,
			int type, int flags)
{
	const struct nlattr *attrs[ATTRIBUTE_MAX + 1];
	const struct ifaddrmsg *from = netlink_family(item, sizeof(*from));
	struct ifaddrmsg *to;
	const uint8_t *maker;
	uint32_t all;

	if (!from)
		return false;
	netlink_attrs(item, sizeof(*from), attrs, ATTRIBUTE_MAX);
	maker = netlink_data(attrs[MADE_BY], 1);
	all = attrs[IFA_FLAGS] ? netlink_u32(attrs[IFA_FLAGS])
			       : from->ifa_flags;
	if ((from->ifa_family != AF_INET && from->ifa_family != AF_INET6) ||
	    (maker && *maker >= 1 && *maker <= BY_KERNEL) ||
	    (from->ifa_family == AF_INET6 &&
	     (!(all & IFA_F_PERMANENT) || from->ifa_scope == RT_SCOPE_LINK)))
		return false;
	to = netlink_begin(msg, type, flags, sizeof(*to));
	*to = *from;
	to->ifa_flags = 0;
	copy(msg, attrs, address_attributes);
	netlink_put_u32(msg, IFA_FLAGS, all & KEPT_FLAGS);
	return true;
}

static bool put_route(struct netlink_msg *msg, const struct nlmsghdr *item,
		      int type, int flags)
{
	const struct nlattr *attrs[ATTRIBUTE_MAX + 1];
	const struct rtmsg *from = netlink_family(item, sizeof(*from));
	struct rtmsg *to;

	if (!from ||
	    (from->rtm_family != AF_INET && from->rtm_family != AF_INET6) ||
	    from->rtm_table == RT_TABLE_LOCAL ||
	    from->rtm_flags & RTM_F_CLONED ||
	    from->rtm_protocol == RTPROT_KERNEL ||
	    from->rtm_protocol == REDIRECTED ||
	    from->rtm_protocol == ADVERTISED)
		return false;
	netlink_attrs(item, sizeof(*from), attrs, ATTRIBUTE_MAX);
	to = netlink_begin(msg, type, flags, sizeof(*to));
	*to = *from;
	to->rtm_flags &= RTNH_F_ONLINK;
	copy(msg, attrs, route_attributes);
	return true;
}

/* What it would be said with; undo: that it is to go. */
static bool put(struct netlink_msg *msg, const struct nlmsghdr *item, bool undo)
{
	int flags = undo ? 0 : NLM_F_CREATE | NLM_F_EXCL;

	netlink_clear(msg);
	if (item->nlmsg_type == RTM_NEWADDR)
		return put_address(msg, item, undo ? RTM_DELADDR : RTM_NEWADDR,
				   flags);
	return item->nlmsg_type == RTM_NEWROUTE &&
	       put_route(msg, item, undo ? RTM_DELROUTE : RTM_NEWROUTE, flags);
}

static int dump_item(const struct nlmsghdr *item, void *arg)
{
	static struct netlink_msg msg;

	if (item && put(&msg, item, false) && !msg.overflow)
		memcpy(cr_add(arg, CR_ROUTE, item->nlmsg_len), item,
		       item->nlmsg_len);
	return 0;
}

int cr_routes_dump(struct cr_image *image, struct netlink *nl)
{
	return rtnl_each_address(nl, AF_UNSPEC, dump_item, image) < 0 ||
			       rtnl_each_route(nl, AF_UNSPEC, dump_item,
					       image) < 0
		       ? -1
		       : 0;
}

const char *cr_route_check(const struct nlmsghdr *record, size_t length)
{
	return record->nlmsg_len != length ||
			       (record->nlmsg_type != RTM_NEWADDR &&
				record->nlmsg_type != RTM_NEWROUTE)
		       ? "a route is broken"
		       : NULL;
}

/* But for the headers, which are numbered. */
static bool is_same(const struct netlink_msg *a, const struct netlink_msg *b)
{
	return a->len == b->len &&
	       memcmp(a->bytes + NLMSG_HDRLEN, b->bytes + NLMSG_HDRLEN,
		      a->len - NLMSG_HDRLEN) == 0;
}

struct change {
	const struct cr_image *image;
	struct netlink nl; /* beside that of the dump */
};

static bool is_wanted(const struct cr_image *image,
		      const struct netlink_msg *now, uint16_t type)
{
	static struct netlink_msg then;
	const struct nlmsghdr *record;

	cr_each (record, image, NULL, CR_ROUTE, 0)
		if (record->nlmsg_type == type && put(&then, record, true) &&
		    is_same(now, &then))
			return true;
	return false;
}

/* What a start has made, and was no more. */
static int remove_item(const struct nlmsghdr *item, void *arg)
{
	static struct netlink_msg msg;
	struct change *c = arg;

	if (item && put(&msg, item, true) &&
	    !is_wanted(c->image, &msg, item->nlmsg_type))
		netlink_request(&c->nl, &msg);
	return 0;
}

/* A route may need one that comes later. */
static void add_all(struct change *c, bool last)
{
	static struct netlink_msg msg;
	const struct nlmsghdr *record;

	cr_each (record, c->image, NULL, CR_ROUTE, 0)
		if (put(&msg, record, false) &&
		    netlink_request(&c->nl, &msg) < 0 && errno != EEXIST &&
		    last)
			warn("!cannot restore an address or a route%s",
			     c->nl.why);
}

void cr_routes_restore(const struct cr_image *image)
{
	struct change c = { .image = image, .nl = NETLINK_INIT };
	struct netlink nl = NETLINK_INIT;

	if (!cr_only(image, CR_LINK) && !cr_only(image, CR_ROUTE))
		return;
	if (netlink_open(&nl, NETLINK_ROUTE) < 0 ||
	    netlink_open(&c.nl, NETLINK_ROUTE) < 0 ||
	    rtnl_each_address(&nl, AF_UNSPEC, remove_item, &c) < 0 ||
	    rtnl_each_route(&nl, AF_UNSPEC, remove_item, &c) < 0)
		die("cannot restore the network of the container");
	add_all(&c, false);
	add_all(&c, true);
	netlink_close(&nl);
	netlink_close(&c.nl);
}
