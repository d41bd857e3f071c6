/* rtnl.h - links, addresses and routes, as requests and as replies */
#pragma once

#include <net/if.h>
#include <stdint.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "address.h"
#include "netlink.h"

/* The index of the link of that name in nl's network namespace; 0 and errno
 * if there is none. */
unsigned int rtnl_index(struct netlink *nl, const char *name);

/* The name of the link of that index: 0, or -1 with ENODEV. */
int rtnl_name(struct netlink *nl, unsigned int index, char name[IFNAMSIZ]);

/* What is wrong with the name of a link, or NULL.  Stricter than the kernel,
 * which makes a name of its own out of one with a '%'. */
const char *rtnl_bad_name(const char *name);

/* Requests, to be completed with attributes and sent.  index 0: by name. */
void rtnl_new_link(struct netlink_msg *msg, const char *name,
		   unsigned int flags);
void rtnl_set_link(struct netlink_msg *msg, unsigned int index,
		   const char *name, unsigned int flags, unsigned int change);
void rtnl_delete_link(struct netlink_msg *msg, unsigned int index);
void rtnl_add_address(struct netlink_msg *msg, unsigned int index,
		      const struct address *a);
/* The same, but what is on the link is only peer, not a's network. */
void rtnl_add_peer_address(struct netlink_msg *msg, unsigned int index,
			   const struct address *a, const struct address *peer);
void rtnl_delete_address(struct netlink_msg *msg, unsigned int index,
			 const struct address *a);

/* A route to destination, which may be all there is (prefix 0), by a gateway.
 * NULL: everything there is on the link. */
void rtnl_add_route(struct netlink_msg *msg, unsigned int index,
		    const struct address *destination,
		    const struct address *gateway, uint32_t metric);

/* The MTU of a link of ours; 0: there is none of that name. */
uint32_t rtnl_mtu(const struct netlink *nl, const char *name);

/* A link, as a reply describes it.  Texts point into the reply. */
struct rtnl_link {
	unsigned int index, flags, mtu, master, parent;
	uint16_t type; /* ARPHRD_* */
	const char *name, *kind;
	const uint8_t *mac; /* NULL unless it has the usual 6 bytes */
};

/* Decode; -1 when the message is no link or is broken. */
int rtnl_link(const struct nlmsghdr *item, struct rtnl_link *link);

/* The other names of a link that a reply describes, each to visit(). */
void rtnl_each_altname(const struct nlmsghdr *item,
		       void (*visit)(const char *name, void *arg), void *arg);

/* An address of a link, as a reply describes it. */
struct rtnl_address {
	unsigned int index, flags;
	uint8_t scope;
	struct address local, peer; /* the same, but on point-to-point links */
};

int rtnl_address(const struct nlmsghdr *item, struct rtnl_address *address);

/* Ask for one link, by index, or by name when index is 0. */
int rtnl_get_link(struct netlink *nl, unsigned int index, const char *name,
		  netlink_item *item, void *arg);

/* Walk over all links, or all addresses or routes of a family (0: both). */
int rtnl_each_link(struct netlink *nl, netlink_item *item, void *arg);
int rtnl_each_address(struct netlink *nl, uint8_t family, netlink_item *item,
		      void *arg);

int rtnl_each_route(struct netlink *nl, uint8_t family, netlink_item *item,
		    void *arg);

/* Whether a link of this network namespace has the address. */
bool rtnl_is_local(struct netlink *nl, const struct address *a);
