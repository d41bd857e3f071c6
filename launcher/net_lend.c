/* net_lend.c - before a device is lent: write down what it is like
 *
 * How it comes back is net_lent.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"
#include "net_lent.h"

enum { MESSAGE_MAX = NET_LENT_MESSAGE_MAX };

/* What is being written down. */
struct record {
	struct lines lines;
	unsigned int index;
	unsigned int master;
	bool found;
};

static void add_hex(struct lines *lines, const char *key, const void *data,
		    size_t len)
{
	static char text[2 * MESSAGE_MAX + 1];

	if (len > MESSAGE_MAX) {
		lines->overflow = true;
		return;
	}
	format_hex(text, data, len);
	lines_add(lines, key, "%s", text);
}

static void add_altname(const char *name, void *arg)
{
	lines_add(arg, "altname", "%s", name);
}

static int record_link(const struct nlmsghdr *item, void *arg)
{
	const struct nlattr *attrs[IFLA_LINKINFO + 1];
	const struct nlattr *info[IFLA_INFO_SLAVE_DATA + 1];
	struct record *r = arg;
	struct rtnl_link link;
	const char *kind;

	if (rtnl_link(item, &link) < 0)
		return 0;
	r->found = true;
	r->master = link.master;
	lines_add(&r->lines, "name", "%s", link.name);
	lines_add(&r->lines, "index", "%u", link.index);
	lines_add(&r->lines, "mtu", "%u", link.mtu);
	lines_add(&r->lines, "flags", "%u", link.flags);
	netlink_attrs(item, sizeof(struct ifinfomsg), attrs, IFLA_LINKINFO);
	if (netlink_len(attrs[IFLA_ADDRESS]) > 0)
		add_hex(&r->lines, "mac", netlink_data(attrs[IFLA_ADDRESS], 1),
			netlink_len(attrs[IFLA_ADDRESS]));
	netlink_nested(attrs[IFLA_LINKINFO], info, IFLA_INFO_SLAVE_DATA);
	kind = netlink_text(info[IFLA_INFO_SLAVE_KIND]);
	if (kind && strcmp(kind, "bridge") == 0)
		add_hex(&r->lines, "port",
			netlink_data(info[IFLA_INFO_SLAVE_DATA], 1),
			netlink_len(info[IFLA_INFO_SLAVE_DATA]));
	rtnl_each_altname(item, add_altname, &r->lines);
	if (net_radio(link.name) >= 0)
		lines_add(&r->lines, "radio", "%d", net_radio(link.name));
	return net_lent_record_sysctls(&r->lines, link.name);
}

static void record_message(struct record *r, const char *key,
			   const struct nlmsghdr *item)
{
	add_hex(&r->lines, key, NLMSG_DATA(item),
		item->nlmsg_len - NLMSG_HDRLEN);
}

/* What the kernel makes by itself is not for us to make again. */
static int record_address(const struct nlmsghdr *item, void *arg)
{
	struct record *r = arg;
	struct rtnl_address a;

	if (!item || rtnl_address(item, &a) < 0 || a.index != r->index)
		return 0;
	/* The bit has another meaning for IPv4: secondary. */
	if (a.local.family == AF_INET || !(a.flags & IFA_F_TEMPORARY))
		record_message(r, "address", item);
	return 0;
}

/* A way by several devices at once, of which this is one. */
static bool is_one_of(const struct nlattr *ways, unsigned int index)
{
	const char *at = netlink_data(ways, 1);
	size_t left = netlink_len(ways);

	while (at && left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *way = (const void *)at;
		size_t step = RTNH_ALIGN(way->rtnh_len);

		if ((unsigned int)way->rtnh_ifindex == index)
			return true;
		if (step < sizeof(*way) || step >= left)
			return false;
		at += step;
		left -= step;
	}
	return false;
}

static int record_route(const struct nlmsghdr *item, void *arg)
{
	const struct nlattr *attrs[RTA_MULTIPATH + 1];
	const struct rtmsg *route =
		item ? netlink_family(item, sizeof(*route)) : NULL;
	struct record *r = arg;
	bool several;

	if (!route || item->nlmsg_type != RTM_NEWROUTE)
		return 0;
	netlink_attrs(item, sizeof(*route), attrs, RTA_MULTIPATH);
	several = is_one_of(attrs[RTA_MULTIPATH], r->index);
	if ((!several && netlink_u32(attrs[RTA_OIF]) != r->index) ||
	    route->rtm_table == RT_TABLE_LOCAL ||
	    (route->rtm_flags & RTM_F_CLONED) ||
	    route->rtm_protocol == RTPROT_KERNEL ||
	    route->rtm_protocol == RTPROT_RA)
		return 0;
	record_message(r,
		       several              ? "ways"
		       : attrs[RTA_GATEWAY] ? "route"
					    : "near",
		       item);
	return 0;
}

static int read_device(struct netlink *nl, struct record *r)
{
	char master[IFNAMSIZ];

	if (rtnl_get_link(nl, r->index, NULL, record_link, r) < 0 ||
	    !r->found || rtnl_each_address(nl, 0, record_address, r) < 0)
		return -1;
	if (r->master && rtnl_name(nl, r->master, master) == 0)
		lines_add(&r->lines, "master", "%s", master);
	return rtnl_each_route(nl, 0, record_route, r);
}

/* Never half: whoever finds one can give the device back. */
static int write_record(const struct net *net, const struct record *r,
			unsigned int inside)
{
	char name[32];
	autofd int fd = -1;

	if (format(name, sizeof(name), "lent.%u", inside) < 0)
		return -1;
	fd = openat(net->dir, "record.new",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, r->lines.bytes, r->lines.length) < 0)
		return -1;
	return renameat(net->dir, "record.new", net->dir, name);
}

/* "/proc/self/fd/N/netns": mount(2) takes no directory fd. */
static int pin_path(int dir, char *path, size_t size)
{
	return format(path, size, "/proc/self/fd/%d/netns", dir);
}

static int pin(const struct net *net, pid_t pid)
{
	char source[64], path[64];
	int fd = openat(net->dir, "netns",
			O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : -1; /* for another device */
	close(fd);
	if (pin_path(net->dir, path, sizeof(path)) < 0 ||
	    format(source, sizeof(source), "/proc/%d/ns/net", pid) < 0)
		return -1;
	return mount(source, path, NULL, MS_BIND, NULL);
}

/* Detached: somebody may be looking at it. */
void net_lent_unpin(int dir)
{
	char path[64];

	if (pin_path(dir, path, sizeof(path)) == 0)
		umount2(path, MNT_DETACH);
	unlinkat(dir, "netns", 0);
}

int net_lend(struct net *net, unsigned int index, const char *name, pid_t pid)
{
	return net_lend_as(net, index, index, name, pid);
}

int net_lend_as(struct net *net, unsigned int index, unsigned int inside,
		const char *name, pid_t pid)
{
	static struct record r; /* large */

	r = (struct record){ .index = index };
	if (read_device(&net->nl, &r) < 0)
		return fail("cannot read the state of '%s'%s", name,
			    net->nl.why);
	if (r.lines.overflow)
		return failx("cannot lend '%s': it has too many addresses and "
			     "routes",
			     name);
	/* In this order: records are looked for only where there is a pin. */
	if (pin(net, pid) < 0)
		return fail("cannot keep the container's network for '%s'",
			    name);
	if (write_record(net, &r, inside) < 0)
		return fail("cannot write down the state of '%s'", name);
	return 0;
}
