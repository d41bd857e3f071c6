/* net_nat.h - the network that containers of kind nat share
 *
 *	RUNDIR/.nat.NETNS	what there is of it in that network namespace,
 *				and which addresses are taken; locked (flock)
 *				by whoever changes anything
 *	RUNDIR/NAME/nat		what one container has of it
 *
 * Both are written before things are made, so that whoever comes after a
 * launcher that was killed knows what to clear away.  The first container
 * makes the bridge, the rules and turns forwarding on, the last one, or who
 * clears away after it, undoes all that.
 */
#pragma once

#include <net/if.h>

#include "common/address.h"
#include "common/netlink.h"
#include "common/ports.h"
#include "net.h"

struct nat {
	int file; /* locked; -1: not open */
	uint64_t netns;
	char bridge[IFNAMSIZ]; /* also the table's name; "": nothing is there */
	struct address network;
	uint8_t mac[MAC_SIZE]; /* of the bridge: known as ours by it */
	bool forwarded;        /* by the host, before us */
	bool ready;            /* made to the end */
	uint8_t used[32];      /* a bit each address */
};

/* What one container has. */
struct nat_share {
	uint64_t netns;
	struct address address;
	struct ports ports[SPEC_PUBLISH_MAX];
	size_t count;
};

/* The files: net_share.c.  All return -1 when they have reported. */

/* The number of our network namespace; 0: reported. */
uint64_t nat_netns(void);

/* Lock and read what is known of a network namespace. */
int nat_open(struct net *net, struct nat *nat, uint64_t netns);
void nat_close(struct nat *nat);

/* Write it down; nat_forget() instead: there is nothing left. */
int nat_write(const struct nat *nat);
void nat_forget(struct net *net, const struct nat *nat);

bool nat_is_used(const struct nat *nat);

/* First with the namespace alone, before nat_open(), which makes its file. */
/* First with the namespace alone, before nat_open(), which makes its file. */
int nat_share_write(struct net *net, const struct nat_share *share);
/* False: the container has none. */
bool nat_share_read(struct net *net, struct nat_share *share);
void nat_share_forget(struct net *net);

/* A network of 256 addresses that no address and no route of the host is in, the
 * one of kept (an address, or NULL) if it may be: net_free.c. */
int nat_choose_network(struct netlink *nl, const char *kept,
		       struct address *network);

/* The rules: net_filter.c. */

/* Make the table of the bridge. */
int nat_filter_create(struct netlink *nf, const struct nat *nat,
		      unsigned int bridge);
bool nat_filter_exists(struct netlink *nf, const struct nat *nat);
int nat_filter_remove(struct netlink *nf, const struct nat *nat);

/* Published ports: net_ports.c. */

/* Keep the ports from others for as long as this process lives. */
int nat_ports_reserve(const struct ports *ports, size_t count);

/* Lead them to the container.  Removing what is not there is no error. */
int nat_ports_open(struct netlink *nf, const struct nat *nat,
		   const struct nat_share *share);
int nat_ports_close(struct netlink *nf, const struct nat *nat,
		    const struct nat_share *share);

/* The map of them: net_filter.c.  Key: address, protocol, port, in words of
 * network order; value: address and port. */
struct nft_map nat_port_map(const struct nat *nat);
