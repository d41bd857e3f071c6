/* net_lent.h - one lent device, on its way back */
#pragma once

#include <net/if.h>
#include <stdbool.h>

#include "common/lines.h"
#include "common/netlink.h"

enum {
	NET_LENT_MESSAGE_MAX = 1024, /* of an address or a route */
	NET_LENT_ITEMS_MAX = 512,
};

struct net_lent {
	struct netlink *here, *inside;
	int host, netns;        /* the network namespaces: ours, and inside */
	int radio;              /* that it is on; -1: not wireless */
	unsigned int index;     /* inside */
	uint64_t home;          /* its index here, as it was */
	const char *name, *was; /* to be called, and in the record */
	const char *master;
	uint64_t mtu, flags;
	bool missed; /* something could not be restored, and */
	bool tried;  /* not the first time either */
	struct item {
		const char *key, *value;
	} items[NET_LENT_ITEMS_MAX]; /* the lines of the record */
	size_t count;
	char text[LINES_MAX];
};

/* The record in the state directory, by the index that it has inside: -1 with
 * errno. */
int net_lent_load(struct net_lent *l, int dir, unsigned int index);

/* Let go of the container's namespace, RUNDIR/NAME/netns. */
void net_lent_unpin(int dir);

/* It is back: away with the record, and with the pin after the last. */
void net_lent_forget(int dir, unsigned int index);

/* Move it from inside to here: 0, also when it is here already; 1: it had to
 * get another name, as somebody has taken its own; -1: reported. */
int net_lent_move(const struct net_lent *l);

/* Its settings of /proc/sys/net that are not the default ones: -1 with errno.
 * They come back while it is down; what cannot be set is reported. */
int net_lent_record_sysctls(struct lines *lines, const char *device);
void net_lent_restore_sysctls(struct net_lent *l);

/* Make it what it was.  -1: something could not be done, and was reported. */
int net_lent_restore(struct net_lent *l);
