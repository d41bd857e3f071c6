/* config_net.c - what LXC's network keys mean for a spec
 *
 *	lxc.net.N.type = veth		since LXC 2.1, in the order of N
 *	lxc.network.type = veth		before; each type begins another one
 *
 * The keys of one interface come one by one, its type first; at the end of all
 * files they become interfaces of the spec.
 */
#include "config_net.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "config_keys.h"
#include "option.h"
#include "spec.h"

static struct option_use option_of(const struct config *c, const char *origin)
{
	return (struct option_use){ .def = option_find("net", 3),
				    .spec = c->spec,
				    .origin = origin };
}

static bool is_interface(const struct config_net *e)
{
	return e->net.kind != NET_NONE && e->net.kind != NET_HOST;
}

/* An interface is down until its flags say "up". */
static int set_type(struct config *c, struct config_net *e, const char *value)
{
	struct option_use use = option_of(c, c->origin);

	*e = (struct config_net){ .used = true };
	snprintf(e->origin, sizeof(e->origin), "%s", c->origin);
	/* LXC's words for our host and none. */
	if (strcmp(value, "none") == 0)
		value = "host";
	else if (strcmp(value, "empty") == 0)
		value = "none";
	if (option_net_kind(&use, &e->net, value) < 0)
		return -1;
	e->net.down = is_interface(e);
	return 0;
}

static int set_flags(struct config *c, struct config_net *e, const char *value)
{
	if (*value && strcmp(value, "up") != 0)
		return failx("bad flags '%s' for %s", value, c->origin);
	e->net.down = !*value;
	return 0;
}

/* LXC takes "ADDRESS/PREFIX BROADCAST"; the second follows from the first. */
static int set_key(struct config *c, struct config_net *e, const char *key,
		   char *value)
{
	struct option_use use = option_of(c, c->origin);

	if (starts_with(key, "ipv"))
		split_at(value, ' ');
	return option_net_key(&use, &e->net, key, value);
}

static const struct key {
	const char *lxc, *ours;
} keys[] = {
	{ "link", "link" },         { "name", "name" },
	{ "hwaddr", "hwaddr" },     { "mtu", "mtu" },
	{ "veth.pair", "pair" },    { "macvlan.mode", "mode" },
	{ "ipvlan.mode", "mode" },  { "vlan.id", "id" },
	{ "ipv4", "ipv4" },         { "ipv4.address", "ipv4" },
	{ "ipv4.gateway", "gw" },   { "ipv6", "ipv6" },
	{ "ipv6.address", "ipv6" }, { "ipv6.gateway", "gw6" },
};

static int set_any(struct config *c, struct config_net *e, const char *key,
		   char *value)
{
	if (strcmp(key, "type") == 0)
		return set_type(c, e, value);
	if (!e->used)
		return failx("cannot set %s: the type must come first",
			     c->origin);
	if (strcmp(key, "flags") == 0)
		return set_flags(c, e, value);
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].lxc, key) != 0)
			continue;
		/* Where there is no interface LXC passes over its keys. */
		if (!is_interface(e) || !*value)
			return 0;
		return set_key(c, e, keys[i].ours, value);
	}
	return failx("cannot set %s: it is not supported", c->origin);
}

static int clear_all(struct config *c, const char *value)
{
	if (*value)
		return failx("bad value '%s' for %s", value, c->origin);
	for (size_t i = 0; i < COUNT(c->nets); i++)
		c->nets[i].used = false;
	c->nets_begun = 0;
	return 0;
}

int config_set_net(struct config *c, const char *rest, char *value)
{
	size_t digits = strcspn(rest, ".");
	char number[8];
	uint64_t n;

	if (!*rest)
		return clear_all(c, value);
	if (!rest[digits] ||
	    format(number, sizeof(number), "%.*s", (int)digits, rest) < 0 ||
	    parse_uint(number, COUNT(c->nets) - 1, &n) < 0)
		return failx("bad number of an interface in %s (0 to %zu)",
			     c->origin, COUNT(c->nets) - 1);
	return set_any(c, &c->nets[n], rest + digits + 1, value);
}

int config_set_network(struct config *c, const char *rest, char *value)
{
	if (!*rest)
		return clear_all(c, value);
	if (strcmp(rest, "type") == 0) {
		if (c->nets_begun == COUNT(c->nets))
			return failx("cannot set %s: too many interfaces",
				     c->origin);
		c->nets_begun++;
	}
	if (c->nets_begun == 0)
		return failx("cannot set %s: the type must come first",
			     c->origin);
	return set_any(c, &c->nets[c->nets_begun - 1], rest, value);
}

/* LXC's "empty" is one more interface that is none: what it stands beside is not
 * the less for it. */
static bool is_empty_beside_others(const struct config *c, size_t which)
{
	size_t others = 0;

	for (size_t i = 0; i < COUNT(c->nets); i++)
		others += i != which && c->nets[i].used;
	return others > 0 && c->nets[which].net.kind == NET_NONE;
}

int config_settle_nets(struct config *c)
{
	for (size_t i = 0; i < COUNT(c->nets); i++) {
		struct option_use use = option_of(c, c->nets[i].origin);

		if (c->nets[i].used && !is_empty_beside_others(c, i) &&
		    option_net_add(&use, &c->nets[i].net) < 0)
			return -1;
	}
	return 0;
}
