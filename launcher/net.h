/* net.h - the container's network: made on the host, configured inside
 *
 *	launcher			child
 *	net_check()
 *	clone ------------------------> waits in a new network namespace
 *	net_create() makes links in it
 *	GO ---------------------------> net_configure()
 *	...
 *	net_remove()
 *
 * Links are created in place, never moved: that would cost 20 ms each.
 */
#pragma once

#include <net/if.h>

#include "common/address.h"
#include "common/netlink.h"
#include "net_dhcp.h"
#include "spec.h"

struct lines;

/* One link: what is there, as opposed to what was wanted. */
struct net_link {
	enum net_kind kind;
	char name[IFNAMSIZ]; /* inside */
	char host[IFNAMSIZ]; /* its other end on the host; "": none */
	unsigned int index;  /* of that end; 0: not there (yet) */
	struct address inside[SPEC_ADDRESSES_MAX];
	size_t inside_count;
	struct address outside; /* of the host's end; IPv4 */
	struct net_gateway {
		struct address address; /* family 0: none */
		bool on_link;           /* none either: all is on the link */
	} gateways[2];                  /* IPv4, IPv6 */
	uint32_t metric;
	bool down;
	struct net_lease lease;
};

struct net {
	struct netlink nl; /* to the host's namespace; opened when needed */
	int dir; /* the container's state directory, borrowed; -1: none */
	const struct spec *wanted; /* beside its nets; NULL: nothing */
	unsigned int kinds; /* bits: which there may be; all: not known */
	int join;  /* the network namespace to enter; -1: our own new one */
	int sysfs; /* of that, where a user namespace may not mount it; or -1 */
	pid_t helper;     /* a program that is the network; 0: none */
	bool ports_taken; /* for as long as this process lives */
	bool locked;      /* the host's ends stay down until net_unlock() */
	char resolv[256]; /* of a lease, for the container; "": none */
	size_t count;
	struct net_link links[SPEC_NETS_MAX];
};

#define NET_INIT                                                         \
	{                                                                \
		.nl = NETLINK_INIT, .dir = -1, .kinds = ~0U, .join = -1, \
		.sysfs = -1,                                             \
	}

/* Refuse what the host cannot do, before anything is created.  -1: reported,
 * as with all functions here. */
int net_check(struct net *net, const struct net_spec *specs, size_t count);

/* Whether net_create() has anything to do: the child waits for it if so. */
bool net_needs_launcher(const struct net_spec *specs, size_t count);

/* Whether what launchers that were killed have not given back, devices or ports
 * of the host's, has to be taken back before net_check(). */
bool net_reclaims(const struct spec *spec);

/* Make the links of the namespace that pid is in.  What was made before a
 * failure is left to net_remove(). */
int net_create(struct net *net, const struct net_spec *specs, size_t count,
	       pid_t pid);

/* Bring up the host's ends of what was made locked: nothing has arrived yet. */
int net_unlock(struct net *net);

/* In the container: enter the network that was chosen instead of a new one. */
int net_enter(struct net *net);

/* The same for the launcher, for as long as it takes to bear a child there, which
 * finds the /sys of that network in net.  *home becomes our own network, to be left
 * to; -1 if there was nothing to enter.  -1: reported. */
int net_visit(struct net *net, int *home);
void net_leave(const struct net *net, int home);

/* In the container: bring up lo and the links, with addresses and routes. */
int net_configure(const struct net *net);

/* While it runs: when the next lease is to be renewed (0: none is), and do it. */
int64_t net_lease_due(const struct net *net);
void net_lease_tick(struct net *net);

/* Remove from the host what the death of the container's namespace does not
 * remove soon by itself.  Links already gone are no error. */
void net_remove(struct net *net);

/* KEY=VALUE lines of the state file, all keys beginning with "net". */
void net_save(const struct net *net, struct lines *lines);

/* Take one of them back; 1 when the key is not ours.  -1 with errno: broken,
 * and passed over. */
int net_load(struct net *net, const char *key, const char *value);

/* What --net calls it, and back: -1 with EINVAL. */
const char *net_kind_name(enum net_kind kind);
int net_kind_find(const char *name, enum net_kind *kind);
