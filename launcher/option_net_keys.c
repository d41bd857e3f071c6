/* option_net_keys.c - the KEY=VALUE of an interface */
#include "option_net.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/address.h"
#include "common/count.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "option.h"

enum {
	MTU_MIN = 68,
	MTU_MAX = 65535,
	VLAN_MAX = 4094,
};

/* One key=value of one interface. */
struct net_use {
	const struct option_use *option;
	struct net_spec *net;
	const char *value;
};

static int bad(const struct net_use *use, const char *what, const char *why)
{
	return option_bad(use->option, what, use->value, why);
}

static int set_if_name(const struct net_use *use, const char **field)
{
	const char *why = rtnl_bad_name(use->value);

	if (why)
		return bad(use, "interface name", why);
	*field = use->value;
	return 0;
}

static int set_name(const struct net_use *use)
{
	return set_if_name(use, &use->net->name);
}

static int set_pair(const struct net_use *use)
{
	return set_if_name(use, &use->net->pair);
}

static int set_hwaddr(const struct net_use *use)
{
	uint8_t mac[MAC_SIZE];

	if (parse_mac(use->value, mac) < 0)
		return bad(use, "hardware address",
			   errno == EADDRNOTAVAIL
				   ? "a multicast address, or none"
				   : "such as 02:00:00:12:34:56");
	use->net->hwaddr = use->value;
	return 0;
}

static int set_mtu(const struct net_use *use)
{
	uint64_t mtu;

	if (parse_uint(use->value, MTU_MAX, &mtu) < 0 || mtu < MTU_MIN)
		return bad(use, "mtu", "68 to 65535");
	use->net->mtu = mtu;
	return 0;
}

/* What is wrong with it, or NULL. */
static const char *check_address(const char *text, int family)
{
	const char *form = family == AF_INET ? "such as 10.0.0.2/24"
					     : "such as fd00::2/64";
	struct address address;

	if (parse_address(text, &address) < 0)
		return errno == EDESTADDRREQ ? "it needs a prefix, such as /24"
					     : form;
	return address.family == family ? NULL : form;
}

static int add_address(const struct net_use *use, int family)
{
	struct net_spec *net = use->net;
	const char *why = check_address(use->value, family);

	if (why)
		return bad(use, "address", why);
	if (net->address_count == COUNT(net->addresses))
		return bad(use, "address", "too many");
	net->addresses[net->address_count++] = use->value;
	return 0;
}

static int set_ipv4(const struct net_use *use)
{
	if (strcmp(use->value, "dhcp") == 0) {
		use->net->dhcp = true;
		/* A server would not tell it from its parent. */
		return use->net->kind == NET_IPVLAN
			       ? bad(use, "address", "not for this kind")
			       : 0;
	}
	return add_address(use, AF_INET);
}

static int set_ipv6(const struct net_use *use)
{
	return add_address(use, AF_INET6);
}

static int set_any_gateway(const struct net_use *use, const char **field,
			   int family, const char *form)
{
	struct address address;

	if (strcmp(use->value, "dev") != 0 && strcmp(use->value, "auto") != 0 &&
	    (parse_host_address(use->value, &address) < 0 ||
	     address.family != family))
		return bad(use, "gateway", form);
	*field = use->value;
	return 0;
}

static int set_gateway(const struct net_use *use)
{
	return set_any_gateway(use, &use->net->gateway, AF_INET,
			       "such as 10.0.0.1, or dev, or auto");
}

static int set_gateway6(const struct net_use *use)
{
	return set_any_gateway(use, &use->net->gateway6, AF_INET6,
			       "such as fd00::1, or dev, or auto");
}

static int set_link(const struct net_use *use)
{
	return set_if_name(use, &use->net->link);
}

static int set_mode(const struct net_use *use)
{
	static const char *const modes[][6] = {
		[NET_MACVLAN] = { "private", "vepa", "bridge", "passthru" },
		[NET_IPVLAN] = { "l2", "l3", "l3s" },
	};

	for (const char *const *m = modes[use->net->kind]; *m; m++)
		if (strcmp(*m, use->value) == 0) {
			use->net->mode = use->value;
			return 0;
		}
	return bad(use, "mode",
		   use->net->kind == NET_MACVLAN
			   ? "private vepa bridge passthru"
			   : "l2 l3 l3s");
}

static int set_number(const struct net_use *use, uint32_t *field, uint64_t max,
		      const char *what, const char *form)
{
	uint64_t n;

	if (parse_uint(use->value, max, &n) < 0 || n == 0)
		return bad(use, what, form);
	*field = n;
	return 0;
}

static int set_vlan(const struct net_use *use)
{
	return set_number(use, &use->net->vlan, VLAN_MAX, "VLAN", "1 to 4094");
}

static int set_metric(const struct net_use *use)
{
	return set_number(use, &use->net->metric, UINT32_MAX, "metric",
			  "a number from 1");
}

static int set_state(const struct net_use *use)
{
	if (strcmp(use->value, "up") != 0 && strcmp(use->value, "down") != 0)
		return bad(use, "state", "up or down");
	use->net->down = *use->value == 'd';
	return 0;
}

static const struct key {
	const char *name;
	unsigned int kinds;
	int (*set)(const struct net_use *use);
} keys[] = {
	{ "link", ANY, set_link },
	{ "name", ALL, set_name },
	{ "pair", VETH | NAT, set_pair },
	{ "hwaddr", ALL & ~IPVLAN, set_hwaddr },
	{ "mtu", ALL, set_mtu },
	{ "mode", MACVLAN | IPVLAN, set_mode },
	{ "id", VLAN, set_vlan },
	{ "ipv4", ANY, set_ipv4 },
	{ "ipv6", ANY, set_ipv6 },
	{ "gw", ANY, set_gateway },
	{ "gw6", ANY, set_gateway6 },
	{ "metric", ALL, set_metric },
	{ "state", ALL, set_state },
};

int option_net_key(const struct option_use *of, struct net_spec *net,
		   const char *key, const char *value)
{
	struct net_use use = { .option = of, .net = net, .value = value };

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (!(KIND(net->kind) & ALL))
			return option_bad(of, "key", key, "this kind has none");
		if (!(keys[i].kinds & KIND(net->kind)))
			return option_bad(of, "key", key, "not for this kind");
		if (!value)
			return option_bad(of, "key", key, "it needs a value");
		return keys[i].set(&use);
	}
	return option_bad(of, "key", key,
			  "link name pair hwaddr mtu mode id ipv4 ipv6 gw gw6 "
			  "metric state");
}
