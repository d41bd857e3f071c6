/* net_pool.c - the numbered point-to-point networks of 169.254.0.0/16
 *
 * Link-local addresses (RFC 3927) need no planning: nobody routes them.  The
 * first and the last 256 are reserved, the rest makes 16256 networks of four.
 */
#include "net_kind.h"

#include "common/rtnl.h"

enum { SIZE = 4, PREFIX = 30 };

static const uint32_t first = 0xa9fe0100, end = 0xa9feff00;

/* Clouds have their metadata, clocks and keys at 169.254.169.x, and at
 * 169.254.170.2. */
static const uint32_t clouds = 0xa9fea900, clouds_end = 0xa9feab00;

_Static_assert(sizeof(((struct net_pool *)0)->used) * 8 == NET_POOL_SIZE,
	       "a bit each");

static void mark(struct net_pool *pool, uint32_t from, uint32_t to)
{
	if (from < first)
		from = first;
	for (uint32_t a = from; a < to && a < end; a += SIZE) {
		uint32_t number = (a - first) / SIZE;

		pool->used[number / 8] |= 1 << number % 8;
	}
}

static int mark_address(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_address address;

	if (!item || rtnl_address(item, &address) < 0)
		return 0;
	/* The networks of others may be larger.  But a host that gave itself
	 * one link-local address (prefix 16) does not own all the range: the
	 * routes of ours are more specific. */
	for (int i = 0; i < 2; i++) {
		const struct address *a = i ? &address.peer : &address.local;
		uint32_t size = a->prefix >= 24 ? 1U << (32 - a->prefix) : 1;
		uint32_t from = address_number(a) & ~(size - 1);

		mark(arg, from & ~(SIZE - 1U), from + size);
	}
	return 0;
}

int net_pool_read(struct net_pool *pool, struct netlink *nl)
{
	*pool = (struct net_pool){ { 0 } };
	mark(pool, clouds, clouds_end);
	return rtnl_each_address(nl, AF_INET, mark_address, pool);
}

unsigned int net_pool_next(const struct net_pool *pool, unsigned int from)
{
	while (from < NET_POOL_SIZE && (pool->used[from / 8] >> from % 8 & 1))
		from++;
	return from;
}

struct address net_pool_outside(unsigned int number)
{
	return address_v4(first + number * SIZE + 1, PREFIX);
}

struct address net_pool_inside(unsigned int number)
{
	return address_v4(first + number * SIZE + 2, PREFIX);
}
