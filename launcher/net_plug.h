/* net_plug.h - devices of the host's, into a container that runs and out again
 *
 * The caller holds the container's lock: see container.h.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct net;

struct net_plug {
	const char *container; /* for messages */
	const char *device;    /* its name here; any of its names */
	const char *as;        /* inside; NULL: the same */
	bool up;               /* also if it was down */
	bool no_addresses;     /* addresses and routes stay behind */
	pid_t pid;             /* of the container, and */
	int netns;             /* its network namespace */
};

/* -1: reported, and the device is where it was and as it was. */
int net_plug(struct net *net, const struct net_plug *plug);

/* Bring the device that is called so inside back, as it was; as: under another
 * name than it had, or NULL.  -1: reported. */
int net_unplug(struct net *net, const struct net_plug *plug);

/* Visit what is lent: its name here and, unless it is lost, inside. */
void net_each_plugged(struct net *net,
		      void (*visit)(const char *device, const char *inside,
				    void *arg),
		      void *arg);
