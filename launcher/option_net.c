/* option_net.c - a network interface: KIND[,KEY=VALUE]... */
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/address.h"
#include "common/count.h"
#include "common/text.h"
#include "spec.h"

enum { NAME_MAX_LEN = 15, MTU_MIN = 68, MTU_MAX = 65535 };

static const struct kind {
	const char *name;
	bool keys; /* has any: it is an interface */
} kinds[] = {
	[NET_NONE] = { "none", false },
	[NET_HOST] = { "host", false },
	[NET_VETH] = { "veth", true },
};

/* One key=value of one interface. */
struct net_use {
	const struct option_use *option;
	struct net_spec *net;
	char *value;
};

static int bad(const struct net_use *use, const char *what, const char *why)
{
	return option_bad(use->option, what, use->value, why);
}

static const char *check_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_LEN)
		return "1 to 15 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "not a name";
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || strchr("/:,%", *name))
			return "no blanks, none of / : , %";
	return NULL;
}

static int set_if_name(const struct net_use *use, const char **field)
{
	const char *why = check_name(use->value);

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
	return add_address(use, AF_INET);
}

static int set_ipv6(const struct net_use *use)
{
	return add_address(use, AF_INET6);
}

static int set_gateway(const struct net_use *use)
{
	struct address address;

	if (parse_host_address(use->value, &address) < 0 ||
	    address.family != AF_INET)
		return bad(use, "gateway", "such as 10.0.0.1");
	use->net->gateway = use->value;
	return 0;
}

static const struct key {
	const char *name;
	int (*set)(const struct net_use *use);
} keys[] = {
	{ "name", set_name },  { "pair", set_pair }, { "hwaddr", set_hwaddr },
	{ "mtu", set_mtu },    { "ipv4", set_ipv4 }, { "ipv6", set_ipv6 },
	{ "gw", set_gateway },
};

static int set_key(const struct option_use *option, struct net_spec *net,
		   char *key)
{
	struct net_use use = {
		.option = option,
		.net = net,
		.value = split_at(key, '='),
	};

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (!kinds[net->kind].keys)
			return option_bad(option, "key", key,
					  "this kind has none");
		if (!use.value)
			return option_bad(option, "key", key,
					  "it needs a value");
		return keys[i].set(&use);
	}
	return option_bad(option, "key", key,
			  "name pair hwaddr mtu ipv4 ipv6 gw");
}

static int set_kind(const struct option_use *use, struct net_spec *net,
		    const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		net->kind = i;
		return 0;
	}
	return option_bad(use, "kind", name, "none host veth");
}

/* "none" and "host" are decisions, not interfaces: the last decision or
 * interface wins over those that it contradicts. */
static int add_net(const struct option_use *use, const struct net_spec *net)
{
	struct spec *spec = use->spec;

	if (spec->net_count > 0 &&
	    (!kinds[net->kind].keys || !kinds[spec->nets[0].kind].keys))
		spec->net_count = 0;
	if (spec->net_count == COUNT(spec->nets))
		return option_bad(use, "network", kinds[net->kind].name,
				  "too many");
	spec->nets[spec->net_count++] = *net;
	return 0;
}

static int set_net(const struct option_use *use)
{
	char *rest = use->value, *key = strsep(&rest, ",");
	struct net_spec net = { 0 };

	if (set_kind(use, &net, key) < 0)
		return -1;
	while ((key = strsep(&rest, ",")))
		if (set_key(use, &net, key) < 0)
			return -1;
	return add_net(use, &net);
}

static char *put_key(char *to, const char *key, const char *value)
{
	if (!value)
		return to;
	return to + snprintf(to, OPTION_TEXT_MAX, ",%s=%s", key, value);
}

static const char *get_net(const struct option_query *q)
{
	const struct net_spec *net = &q->spec->nets[q->index];
	char *to = q->buf, mtu[16];

	if (q->index >= q->spec->net_count)
		return NULL;
	to += snprintf(to, OPTION_TEXT_MAX, "%s", kinds[net->kind].name);
	to = put_key(to, "name", net->name);
	to = put_key(to, "pair", net->pair);
	to = put_key(to, "hwaddr", net->hwaddr);
	snprintf(mtu, sizeof(mtu), "%u", net->mtu);
	to = put_key(to, "mtu", net->mtu ? mtu : NULL);
	for (size_t i = 0; i < net->address_count; i++) {
		const char *address = net->addresses[i];

		to = put_key(to, strchr(address, ':') ? "ipv6" : "ipv4",
			     address);
	}
	put_key(to, "gw", net->gateway);
	return q->buf;
}

const struct option_type option_net = { set_net, get_net };
