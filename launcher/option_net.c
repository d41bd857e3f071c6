/* option_net.c - a network interface: KIND[,KEY=VALUE]... */
#include "option_net.h"

#include <stdio.h>
#include <string.h>

#include "common/count.h"
#include "common/text.h"
#include "option.h"

static const char *const kinds[] = {
	[NET_NONE] = "none",       [NET_HOST] = "host",     [NET_JOIN] = "join",
	[NET_VETH] = "veth",       [NET_NAT] = "nat",       [NET_PHYS] = "phys",
	[NET_MACVLAN] = "macvlan", [NET_IPVLAN] = "ipvlan", [NET_VLAN] = "vlan",
	[NET_PASTA] = "pasta",
};

static const char kind_names[] =
	"none host join:NAME veth nat phys macvlan ipvlan vlan pasta";

static bool is_interface(const struct net_spec *net)
{
	return KIND(net->kind) & ALL;
}

int option_net_kind(const struct option_use *use, struct net_spec *net,
		    const char *kind)
{
	if (starts_with(kind, "join:") && kind[strlen("join:")]) {
		net->kind = NET_JOIN;
		net->link = kind + strlen("join:");
		return 0;
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i], kind) != 0 || i == NET_JOIN)
			continue;
		net->kind = i;
		return 0;
	}
	return option_bad(use, "kind", kind, kind_names);
}

static bool is_auto(const char *gateway)
{
	return gateway && strcmp(gateway, "auto") == 0;
}

static bool is_own(const struct net_spec *net, const char *gateway)
{
	size_t length = gateway ? strlen(gateway) : 0;

	for (size_t i = 0; length > 0 && i < net->address_count; i++)
		if (starts_with(net->addresses[i], gateway) &&
		    net->addresses[i][length] == '/')
			return true;
	return false;
}

static int check_gateway(const struct option_use *use,
			 const struct net_spec *net, const char *gateway)
{
	if (is_auto(gateway) && (!net->link || net->kind != NET_VETH))
		return option_bad(use, "gateway", gateway,
				  "it needs link=BRIDGE");
	if (is_own(net, gateway))
		return option_bad(use, "gateway", gateway,
				  "the container's own address");
	return 0;
}

/* What a kind cannot do without. */
static int check_complete(const struct option_use *use,
			  const struct net_spec *net)
{
	if (!net->link && (KIND(net->kind) & (PHYS | CHILDREN)))
		return option_bad(use, "network", kinds[net->kind],
				  "link=DEVICE is missing");
	if (check_gateway(use, net, net->gateway) < 0 ||
	    check_gateway(use, net, net->gateway6) < 0)
		return -1;
	if (net->dhcp && net->kind == NET_VETH && !net->link)
		return option_bad(use, "address", "dhcp",
				  "it needs link=BRIDGE");
	if (!net->vlan && net->kind == NET_VLAN)
		return option_bad(use, "network", kinds[net->kind],
				  "id=NUMBER is missing");
	return 0;
}

/* "none" and "host" are decisions, not interfaces: the last decision or
 * interface wins over those that it contradicts. */
int option_net_add(const struct option_use *use, const struct net_spec *net)
{
	struct spec *spec = use->spec;

	if (check_complete(use, net) < 0)
		return -1;
	if (spec->net_count > 0 &&
	    (!is_interface(net) || !is_interface(&spec->nets[0])))
		spec->net_count = 0;
	if (spec->net_count == COUNT(spec->nets))
		return option_bad(use, "network", kinds[net->kind], "too many");
	spec->nets[spec->net_count++] = *net;
	return 0;
}

static int set_net(const struct option_use *use)
{
	char *rest = use->value, *key = strsep(&rest, ",");
	struct net_spec net = { 0 };

	if (option_net_kind(use, &net, key) < 0)
		return -1;
	while ((key = strsep(&rest, ","))) {
		const char *value = split_at(key, '=');

		if (option_net_key(use, &net, key, value) < 0)
			return -1;
	}
	return option_net_add(use, &net);
}

static char *put_key(char *to, const char *key, const char *value)
{
	if (!value)
		return to;
	return to + snprintf(to, OPTION_TEXT_MAX, ",%s=%s", key, value);
}

static char *put_number(char *to, const char *key, uint32_t value)
{
	if (!value)
		return to;
	return to + snprintf(to, OPTION_TEXT_MAX, ",%s=%u", key, value);
}

static const char *get_net(const struct option_query *q)
{
	const struct net_spec *net = &q->spec->nets[q->index];
	char *to = q->buf;

	if (q->index >= q->spec->net_count)
		return NULL;
	to += snprintf(to, OPTION_TEXT_MAX, "%s", kinds[net->kind]);
	if (net->kind == NET_JOIN) {
		snprintf(to, OPTION_TEXT_MAX, ":%s", net->link);
		return q->buf;
	}
	to = put_key(to, "link", net->link);
	to = put_key(to, "name", net->name);
	to = put_key(to, "pair", net->pair);
	to = put_key(to, "hwaddr", net->hwaddr);
	to = put_number(to, "mtu", net->mtu);
	to = put_key(to, "mode", net->mode);
	to = put_number(to, "id", net->vlan);
	for (size_t i = 0; i < net->address_count; i++) {
		const char *address = net->addresses[i];

		to = put_key(to, strchr(address, ':') ? "ipv6" : "ipv4",
			     address);
	}
	to = put_key(to, "ipv4", net->dhcp ? "dhcp" : NULL);
	to = put_key(to, "gw", net->gateway);
	to = put_key(to, "gw6", net->gateway6);
	to = put_number(to, "metric", net->metric);
	put_key(to, "state", net->down ? "down" : NULL);
	return q->buf;
}

const struct option_type option_net = { set_net, get_net };
