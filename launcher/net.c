/* net.c - the container's network: made on the host, configured inside */
#include "net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

enum {
	GONE_MS = 300, /* until which a link should have died by itself */
	GONE_POLL_US = 500,
	STATE_LINE_MAX = 64 + SPEC_ADDRESSES_MAX * ADDRESS_TEXT,
};

static const struct net_maker none = { .name = "none" };
static const struct net_maker host = { .name = "host" };

static const struct net_maker *const makers[] = {
	[NET_NONE] = &none,           [NET_HOST] = &host,
	[NET_JOIN] = &net_join,       [NET_VETH] = &net_veth,
	[NET_NAT] = &net_nat,         [NET_PHYS] = &net_phys,
	[NET_MACVLAN] = &net_macvlan, [NET_IPVLAN] = &net_ipvlan,
	[NET_VLAN] = &net_vlan,       [NET_PASTA] = &net_pasta,
};

const char *net_kind_name(enum net_kind kind)
{
	return makers[kind]->name;
}

static int open_once(struct net *net)
{
	if (net->nl.fd < 0 && netlink_open(&net->nl, NETLINK_ROUTE) < 0)
		return fail("cannot open a routing socket");
	return 0;
}

static int read_gateway(const char *text, struct net_gateway *gateway)
{
	if (!text || strcmp(text, "auto") == 0)
		return 0; /* for the kind to find out */
	gateway->on_link = strcmp(text, "dev") == 0;
	if (!gateway->on_link &&
	    parse_host_address(text, &gateway->address) < 0)
		return fail("bad gateway '%s'", text);
	return 0;
}

/* Translate the texts of the spec, which were checked when they were set. */
static int read_spec(const struct net_spec *spec, size_t number,
		     struct net_link *link)
{
	*link = (struct net_link){ .kind = spec->kind };
	if (spec->name)
		copy_text(link->name, sizeof(link->name), spec->name);
	else
		format(link->name, sizeof(link->name), "eth%zu", number);
	for (size_t i = 0; i < spec->address_count; i++)
		if (parse_address(spec->addresses[i], &link->inside[i]) < 0)
			return fail("bad address '%s'", spec->addresses[i]);
	link->inside_count = spec->address_count;
	link->metric = spec->metric;
	link->down = spec->down;
	return read_gateway(spec->gateway, &link->gateways[0]) < 0
		       ? -1
		       : read_gateway(spec->gateway6, &link->gateways[1]);
}

static int check_unique(const struct net_link *links,
			const struct net_spec *specs, size_t which)
{
	if (strcmp(links[which].name, "lo") == 0)
		return failx("cannot call an interface 'lo': every network "
			     "has one already");
	for (size_t i = 0; i < which; i++) {
		bool lent = specs[i].kind == NET_PHYS ||
			    specs[which].kind == NET_PHYS;

		if (lent && specs[i].link && specs[which].link &&
		    strcmp(specs[i].link, specs[which].link) == 0)
			return failx("cannot use '%s' for both '%s' and '%s': "
				     "it is lent",
				     specs[i].link, links[i].name,
				     links[which].name);
		if (strcmp(links[i].name, links[which].name) == 0)
			return failx("two interfaces are called '%s'",
				     links[i].name);
		if (specs[i].pair && specs[which].pair &&
		    strcmp(specs[i].pair, specs[which].pair) == 0)
			return failx("two host interfaces are called '%s'",
				     specs[i].pair);
	}
	return 0;
}

int net_check(struct net *net, const struct net_spec *specs, size_t count)
{
	static struct net_link links[SPEC_NETS_MAX];

	net->kinds = 0;
	for (size_t i = 0; i < count; i++)
		net->kinds |= 1U << specs[i].kind;
	for (size_t i = 0; i < count; i++) {
		const struct net_maker *maker = makers[specs[i].kind];

		if (maker->create && maker != &net_pasta &&
		    getauxval(AT_EUID) != 0)
			return failx(
				"cannot use --net %s: it needs root; none, host and pasta do not",
				maker->name);
		if (maker->create &&
		    (read_spec(&specs[i], i, &links[i]) < 0 ||
		     check_unique(links, specs, i) < 0 || open_once(net) < 0))
			return -1;
		if (maker->check && maker->check(net, &specs[i], &links[i]) < 0)
			return -1;
	}
	return 0;
}

bool net_needs_launcher(const struct net_spec *specs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (makers[specs[i].kind]->create)
			return true;
	return false;
}

bool net_reclaims(const struct spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].kind == NET_PHYS)
			return true;
	return spec->publish_count > 0;
}

static int create_one(struct net *net, const struct net_spec *spec, size_t i,
		      pid_t pid)
{
	struct net_link *link = &net->links[i];
	const struct net_maker *maker = makers[spec->kind];

	if (!maker->create)
		return 0;
	if (open_once(net) < 0 || read_spec(spec, i, link) < 0)
		return -1;
	if (maker->create(net, spec, link, pid) < 0)
		return -1;
	return spec->dhcp ? net_lease_get(net, link, pid) : 0;
}

int net_create(struct net *net, const struct net_spec *specs, size_t count,
	       pid_t pid)
{
	net->count = 0;
	if (!net_needs_launcher(specs, count))
		return 0;
	for (size_t i = 0; i < count; i++) {
		net->links[i].index = 0;
		net->links[i].lease.used = false;
	}
	net->resolv[0] = '\0';
	net->count = count;
	/* Lent devices first: they keep their index as long as no other link
	 * has it, and are known by it afterwards. */
	for (size_t i = 0; i < count; i++)
		if (specs[i].kind == NET_PHYS &&
		    create_one(net, &specs[i], i, pid) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (specs[i].kind != NET_PHYS &&
		    create_one(net, &specs[i], i, pid) < 0)
			return -1;
	return 0;
}

int net_unlock(struct net *net)
{
	struct netlink_msg msg;

	if (!net->locked)
		return 0;
	net->locked = false;
	for (size_t i = 0; i < net->count; i++) {
		if (!net->links[i].index)
			continue;
		netlink_clear(&msg);
		rtnl_set_link(&msg, net->links[i].index, NULL, IFF_UP, IFF_UP);
		if (netlink_request(&net->nl, &msg) < 0)
			return fail("cannot bring up '%s'%s",
				    net->links[i].host, net->nl.why);
	}
	return 0;
}

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

/* Whether the link is still there: its index may be a stranger's by now. */
static bool is_there(struct netlink *nl, const struct net_link *link)
{
	char name[IFNAMSIZ];

	return link->index != 0 && rtnl_name(nl, link->index, name) == 0 &&
	       strcmp(name, link->host) == 0;
}

/* The kernel takes links down in the background after the last process of a
 * namespace is gone, and not slower than we could. */
static bool dies_by_itself(struct netlink *nl, const struct net_link *link)
{
	int64_t until = now_ms() + GONE_MS;

	while (is_there(nl, link)) {
		struct timespec pause = { .tv_nsec = GONE_POLL_US * 1000L };

		if (now_ms() > until)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

void net_remove(struct net *net)
{
	for (size_t i = 0; i < net->count; i++)
		net_lease_release(&net->links[i]);
	if (net->kinds & 1U << NET_PHYS)
		net_take_back(net);
	for (size_t i = 0; i < net->count; i++) {
		struct net_link *link = &net->links[i];
		const struct net_maker *maker = makers[link->kind];

		if (!maker->remove || link->index == 0)
			continue;
		if (open_once(net) < 0)
			return;
		if (!dies_by_itself(&net->nl, link))
			maker->remove(net, link);
		link->index = 0;
	}
	if (net->kinds & 1U << NET_NAT && open_once(net) == 0)
		net_nat_leave(net);
	net_pasta_stop(net);
	netlink_close(&net->nl);
}

void net_save(const struct net *net, struct lines *lines)
{
	char inside[SPEC_ADDRESSES_MAX * ADDRESS_TEXT];

	for (const struct net_link *l = net->links; l < net->links + net->count;
	     l++) {
		size_t length = 0;

		inside[0] = '\0';
		for (size_t i = 0; i < l->inside_count; i++)
			length += snprintf(inside + length,
					   sizeof(inside) - length, " %s",
					   format_address(&l->inside[i]).text);
		lines_add(lines, "net", "%s %s %s %u%s", net_kind_name(l->kind),
			  l->name, l->host[0] ? l->host : "-", l->index,
			  length > 0 ? inside : " -");
	}
}

/* The word at *text, which moves behind it; "" at the end. */
static char *next_word(char **text)
{
	char *word = *text, *rest = split_at(word, ' ');

	*text = rest ? rest : word + strlen(word);
	return word;
}

static int parse_kind(const char *word, enum net_kind *kind)
{
	for (size_t i = 0; i < COUNT(makers); i++) {
		if (strcmp(word, makers[i]->name) != 0)
			continue;
		*kind = i;
		return 0;
	}
	errno = EINVAL;
	return -1;
}

/* The words of a line, as net_save() puts them. */
static int parse_link(struct net_link *link, char *rest)
{
	const char *word;
	uint64_t index;

	*link = (struct net_link){ .kind = NET_NONE };
	if (parse_kind(next_word(&rest), &link->kind) < 0 ||
	    copy_text(link->name, sizeof(link->name), next_word(&rest)) < 0)
		return -1;
	word = next_word(&rest);
	if (strcmp(word, "-") != 0 &&
	    copy_text(link->host, sizeof(link->host), word) < 0)
		return -1;
	if (parse_uint(next_word(&rest), INT32_MAX, &index) < 0)
		return -1;
	link->index = index;
	word = next_word(&rest);
	if (strcmp(word, "-") == 0)
		return 0;
	do {
		if (link->inside_count == COUNT(link->inside) ||
		    parse_address(word, &link->inside[link->inside_count]) < 0)
			return -1;
		link->inside_count++;
		word = next_word(&rest);
	} while (*word);
	return 0;
}

int net_load(struct net *net, const char *key, const char *value)
{
	char copy[STATE_LINE_MAX];

	if (strcmp(key, "net") != 0)
		return 1;
	if (net->count == COUNT(net->links)) {
		errno = ENOSPC;
		return -1;
	}
	if (copy_text(copy, sizeof(copy), value) < 0 ||
	    parse_link(&net->links[net->count], copy) < 0)
		return -1;
	net->count++;
	return 0;
}
