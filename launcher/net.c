/* net.c - the container's network: made on the host, configured inside */
#include "net.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

enum {
	GONE_MS = 300, /* until which a link should have died by itself */
	GONE_POLL_US = 500,
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

int net_kind_find(const char *name, enum net_kind *kind)
{
	for (size_t i = 0; i < COUNT(makers); i++) {
		if (strcmp(name, makers[i]->name) != 0)
			continue;
		*kind = i;
		return 0;
	}
	errno = EINVAL;
	return -1;
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

static int fail_same(const char *what, const char *name)
{
	return failx("cannot call two %s '%s' (--net)", what, name);
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
			return fail_same("interfaces", links[i].name);
		if (specs[i].pair && specs[which].pair &&
		    strcmp(specs[i].pair, specs[which].pair) == 0)
			return fail_same("host interfaces", specs[i].pair);
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
