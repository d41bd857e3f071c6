/* netlink_fuzz.c - any bytes as the kernel's reply */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/netlink.h"
#include "common/rtnl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch_name(const char *name, void *arg)
{
	*(size_t *)arg += strlen(name);
}

/* Read every text and address to its end, for the sanitizer to see. */
static int touch(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_link link;
	struct rtnl_address address;
	size_t *sum = arg;

	if (rtnl_link(item, &link) == 0) {
		*sum += strlen(link.name);
		*sum += link.kind ? strlen(link.kind) : 0;
		*sum += link.mac ? link.mac[MAC_SIZE - 1] : 0;
	}
	if (rtnl_address(item, &address) == 0) {
		*sum += strlen(format_address(&address.local).text);
		*sum += strlen(format_address(&address.peer).text);
	}
	rtnl_each_altname(item, touch_name, sum);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink nl = NETLINK_INIT;
	size_t sum = 0;
	struct netlink_wait wait = { .first = 0,
				     .last = 3,
				     .dump = size % 2,
				     .is_batch = size % 3 == 0,
				     .item = touch,
				     .arg = &sum };
	/* Exactly as long as the input, so that a byte beyond is noticed. */
	void *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	netlink_replies(&nl, &wait, copy, size);
	free(copy);
	return 0;
}
