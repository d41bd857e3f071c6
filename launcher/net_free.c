/* net_free.c - a network that the host has nothing to do with yet */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/count.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "net_nat.h"

enum { NETWORKS = 256 }; /* of a pool, with a prefix of 24 */

/* The first is ours by custom; the others are for hosts that use all of it. */
static const uint32_t pools[] = { 0x0a580000, 0xac1e0000, 0xc0a80000 };

struct usage {
	bool used[COUNT(pools)][NETWORKS];
};

static void mark(struct usage *usage, const struct address *a)
{
	uint32_t host_bits = a->prefix ? UINT32_MAX >> (a->prefix - 1) >> 1 : 0;
	uint32_t from = address_number(a) & ~host_bits, to = from | host_bits;

	if (a->prefix == 0)
		return; /* the default route */
	for (size_t p = 0; p < COUNT(pools); p++) {
		uint32_t end = pools[p] | 0xffff;

		if (to < pools[p] || from > end)
			continue;
		for (uint32_t n = from < pools[p] ? pools[p] : from;
		     n <= (to < end ? to : end); n = (n | 0xff) + 1)
			usage->used[p][n >> 8 & 0xff] = true;
	}
}

static int mark_address(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_address a;

	if (item && rtnl_address(item, &a) == 0) {
		mark(arg, &a.local);
		mark(arg, &a.peer);
	}
	return 0;
}

static int mark_route(const struct nlmsghdr *item, void *arg)
{
	const struct nlattr *attrs[RTA_DST + 1];
	const struct rtmsg *route =
		item ? netlink_family(item, sizeof(*route)) : NULL;
	struct address a = { .family = AF_INET };
	const void *bytes;

	if (!route || route->rtm_family != AF_INET)
		return 0;
	netlink_attrs(item, sizeof(*route), attrs, RTA_DST);
	bytes = netlink_data(attrs[RTA_DST], 4);
	a.prefix = route->rtm_dst_len;
	if (!bytes || a.prefix > 32)
		return 0;
	memcpy(a.bytes, bytes, 4);
	mark(arg, &a);
	return 0;
}

static bool is_of(const char *kept, uint32_t network)
{
	struct address a;

	return kept && parse_address(kept, &a) == 0 && a.family == AF_INET &&
	       (address_number(&a) & ~0xffU) == network;
}

int nat_choose_network(struct netlink *nl, const char *kept,
		       struct address *network)
{
	bool found = false;

	struct usage usage = { .used = { { false } } };

	if (rtnl_each_address(nl, AF_INET, mark_address, &usage) < 0 ||
	    rtnl_each_route(nl, AF_INET, mark_route, &usage) < 0)
		return fail("cannot read the addresses in use%s", nl->why);
	for (size_t p = 0; p < COUNT(pools); p++)
		for (uint32_t n = 0; n < NETWORKS; n++) {
			uint32_t number = pools[p] | n << 8;

			if (usage.used[p][n] || (found && !is_of(kept, number)))
				continue;
			*network = address_v4(number, 24);
			found = true;
			if (!kept)
				return 0;
		}
	if (found)
		return 0;
	return failx("cannot find a free network for nat: all of 10.88.0.0/16, "
		     "172.30.0.0/16 and 192.168.0.0/16 is in use");
}
