/* net_lent.c - give lent devices back as they were
 *
 * A virtual device dies with the namespace that it is in, a real one falls to
 * the first namespace under another name.  So while a device is lent,
 *
 *	RUNDIR/NAME/netns	is the container's namespace, and keeps it
 *	RUNDIR/NAME/lent.INDEX	says what the device was like
 *
 * and whoever clears away after the container (its launcher, or the next one,
 * when it was killed) finds the device by its index, whatever its name is now,
 * and moves it back.  Moving loses addresses and routes: they are kept as the
 * kernel's own messages, in hexadecimal, and sent again.
 */
#include "net_lent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

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

/* The record of the file, cut into items. */
static int load(struct net_lent *l, int dir, const char *file)
{
	char *text = l->text, *key, *value;
	uint64_t number;

	l->count = 0;
	l->home = 0;
	l->radio = -1;
	l->tried = l->missed = false;
	l->name = NULL;
	l->master = NULL;
	if (read_file_at(dir, file, l->text, sizeof(l->text)) < 0)
		return -1;
	while (l->count < NET_LENT_ITEMS_MAX &&
	       lines_next(&text, &key, &value)) {
		if (strcmp(key, "name") == 0)
			l->name = l->was = value;
		else if (strcmp(key, "master") == 0)
			l->master = value;
		else if (strcmp(key, "mtu") == 0)
			parse_uint(value, UINT32_MAX, &l->mtu);
		else if (strcmp(key, "index") == 0)
			parse_uint(value, INT32_MAX, &l->home);
		else if (strcmp(key, "radio") == 0 &&
			 parse_uint(value, INT32_MAX, &number) == 0)
			l->radio = (int)number;
		else if (strcmp(key, "tried") == 0)
			l->tried = true;
		else if (strcmp(key, "flags") == 0)
			parse_uint(value, UINT32_MAX, &l->flags);
		else
			l->items[l->count++] = (struct item){ key, value };
	}
	errno = EINVAL;
	return l->name && strlen(l->name) < IFNAMSIZ ? 0 : -1;
}

/* What could not be restored is tried once more, by the next launch. */
static bool note_trial(const struct net_lent *l, int dir, const char *file)
{
	autofd int fd = openat(dir, file, O_WRONLY | O_APPEND | O_CLOEXEC);

	return !l->tried && fd >= 0 && write_all(fd, "tried=1\n", 8) == 0;
}

/* Up only with its settings: an address of its own making may be among what
 * they forbid. */
static bool restore(struct net_lent *l)
{
	net_lent_restore_sysctls(l);
	if (l->missed && !l->tried)
		return false;
	return net_lent_restore(l) == 0;
}

/* False: there is more to do, and its record is kept. */
static bool take_back(struct net_lent *l, int dir, const char *file)
{
	uint64_t index;
	if (!starts_with(file, "lent.") ||
	    parse_uint(file + strlen("lent."), INT32_MAX, &index) < 0)
		return true;
	l->index = (unsigned int)index;
	if (load(l, dir, file) < 0) {
		warn("cannot read the record of a lent device, '%s'", file);
		return false;
	}
	if (l->inside->fd >= 0) {
		int moved = net_lent_move(l);

		if (moved < 0)
			return false;
		if (moved == 0 && !restore(l) && note_trial(l, dir, file))
			return false;
	}
	unlinkat(dir, file, 0);
	return true;
}

static bool is_namespace(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

/* The next, or NULL with errno: 0, there is none. */
static const struct dirent *next_entry(DIR *list)
{
	errno = 0;
	return readdir(list);
}

static bool take_all_back(struct net *net, struct net_lent *l)
{
	int copy = openat(net->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool all = true;

	if (!list)
		return false;
	while ((entry = next_entry(list)))
		all &= take_back(l, net->dir, entry->d_name);
	all &= errno == 0;
	closedir(list);
	return all;
}

/* Detached: somebody may be looking at it. */
static void unpin(int dir)
{
	char path[64];

	if (pin_path(dir, path, sizeof(path)) == 0)
		umount2(path, MNT_DETACH);
	unlinkat(dir, "netns", 0);
}

int net_lent_load(struct net_lent *l, int dir, unsigned int index)
{
	char file[32];

	l->index = index;
	return format(file, sizeof(file), "lent.%u", index) < 0
		       ? -1
		       : load(l, dir, file);
}

void net_lent_forget(int dir, unsigned int index)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool others = false;
	char file[32];

	if (format(file, sizeof(file), "lent.%u", index) == 0)
		unlinkat(dir, file, 0);
	if (!list)
		return;
	while ((entry = next_entry(list)))
		others |= starts_with(entry->d_name, "lent.") &&
			  strcmp(entry->d_name, file) != 0;
	if (!others && errno == 0)
		unpin(dir);
	closedir(list);
}

void net_take_back(struct net *net)
{
	static struct net_lent l; /* large */
	static struct netlink inside;
	autofd int netns = -1;
	autofd int host = -1;

	if (net->dir < 0)
		return;
	netns = openat(net->dir, "netns", O_RDONLY | O_CLOEXEC);
	if (netns < 0) {
		if (errno != ENOENT)
			warn("cannot look for lent devices");
		return;
	}
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	inside = (struct netlink)NETLINK_INIT;
	l.here = &net->nl;
	l.inside = &inside;
	l.host = host;
	l.netns = netns;
	if (net->nl.fd < 0 && netlink_open(&net->nl, NETLINK_ROUTE) < 0) {
		warn("cannot open a routing socket");
		return;
	}
	/* No namespace: nothing was moved, as pinning it has failed. */
	if (is_namespace(netns) && net_open_inside(&inside, netns) < 0)
		warn("cannot enter the namespace of lent devices");
	else if (take_all_back(net, &l))
		unpin(net->dir);
	netlink_close(&inside);
}
