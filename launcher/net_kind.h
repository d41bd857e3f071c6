/* net_kind.h - what a kind of link has to bring along
 *
 * A kind is one file, net_KIND.c, with one of these structs, and a row in the
 * table of net.c.
 */
#pragma once

#include "net.h"

struct net_maker {
	const char *name;

	/* Refuse what the host cannot do.  NULL: there is nothing to ask. */
	int (*check)(struct net *net, const struct net_spec *spec,
		     const struct net_link *link);

	/* Make the link in the namespace of pid; it is down or up.  Fills in
	 * link->host and index as soon as there is something to remove. */
	int (*create)(struct net *net, const struct net_spec *spec,
		      struct net_link *link, pid_t pid);

	/* Take it away from the host.  NULL: it dies with the namespace. */
	int (*remove)(struct net *net, struct net_link *link);
};

extern const struct net_maker net_join, net_veth, net_nat, net_phys,
	net_macvlan, net_ipvlan, net_vlan, net_pasta;

/* The same by slirp4netns.  -1: reported. */
int net_slirp_start(struct net *net, const struct net_link *link, pid_t pid);

/* End the program that is the network of kind pasta. */
void net_pasta_stop(struct net *net);

/* Give back what the container has of the network that all of kind nat share,
 * and with the last one that itself.  What fails is reported, and stays written
 * down. */
void net_nat_leave(struct net *net);

/* Get an address for a link that is there from a DHCP server, in the namespace
 * of pid; -1: reported.  And give it back, when nobody is left inside. */
int net_lease_get(struct net *net, struct net_link *link, pid_t pid);
void net_lease_release(struct net_link *link);

/* Its sockets: net_packet.c.  Open both in the namespace of pid; listen on the
 * link of that name, which is up from then on; say l->request to all.  -1 with
 * errno. */
int lease_open(struct net_lease *l, pid_t pid);
int lease_bind(struct net_lease *l, const char *name);
void lease_speak(struct net_lease *l);

/* Call action in another network namespace, while we stay in ours: what it
 * returns, or -1 with errno, also when it was not called.  net_inside.c */
int net_inside(int netns, int (*action)(void *arg), void *arg);

/* A routing socket in there. */
int net_open_inside(struct netlink *nl, int netns);

/* The number of the radio that a device of ours is on; -1: it is not wireless.
 * net_wireless.c */
int net_radio(const char *name);

/* Move the radio of the device of that name, with all that is on it, from a
 * network namespace (-1: ours) to another.  -1: reported.  The message is apart
 * for its test. */
int net_radio_move(int radio, const char *name, int from, int to);
void net_radio_message(struct netlink_msg *msg, int family, int radio,
		       int netns);

/* May a link have that address, when it is to have what it had?  Say that it may
 * not; -1. */
bool net_is_kept(const struct net_spec *spec, struct address a);
int net_kept_failed(const struct net_spec *spec, const struct net_link *link);

/* Devices of the host's that are lent to the container: net_lent.c. */

/* Write down what the device is like and pin the namespace of pid: the next
 * launcher will know, should we be killed.  -1: reported. */
int net_lend(struct net *net, unsigned int index, const char *name, pid_t pid);

/* The same for a device that will have another index inside. */
int net_lend_as(struct net *net, unsigned int index, unsigned int inside,
		const char *name, pid_t pid);

/* Take back all that is written down, and unpin.  What fails is reported, and
 * stays written down. */
void net_take_back(struct net *net);

/* The numbered point-to-point networks of 169.254.0.0/16, from 0 on. */
struct net_pool {
	uint8_t used[2032];
};
enum { NET_POOL_SIZE = 16256 };

/* Find out which ones are in use on this host. */
int net_pool_read(struct net_pool *pool, struct netlink *nl);

/* The first free number that is at least from; NET_POOL_SIZE: none. */
unsigned int net_pool_next(const struct net_pool *pool, unsigned int from);

/* The two addresses of a number. */
struct address net_pool_outside(unsigned int number);
struct address net_pool_inside(unsigned int number);
