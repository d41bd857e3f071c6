/* net_dhcp.h - an address from a DHCP server, kept for as long as it is needed
 *
 * The client is part of the launcher that waits for the container.  Its sockets
 * are in the container's network namespace and keep it, so that the address can
 * be given back when nobody is left inside.
 */
#pragma once

#include "common/dhcp.h"
#include "common/netlink.h"

struct net_lease {
	bool used;
	bool handed_over;  /* the address is configured; changes are ours */
	int socket;        /* AF_PACKET */
	struct netlink nl; /* both of the container's namespace */
	unsigned int index;
	enum { LEASE_LOOKING, LEASE_ASKING, LEASE_BOUND, LEASE_RENEWING } state;
	struct dhcp_request request;
	struct dhcp_lease lease; /* offered, or ours */
	int64_t due_ms;          /* when to speak; 0: never */
	int64_t listen_ms;       /* when to see what has come */
	int64_t ends_ms;         /* of what is ours; 0: never */
	int64_t wait_ms;
	unsigned int tries;
};
