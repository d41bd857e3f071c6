/* devices.h - the devices of a container: its nodes, and the rules for them
 *
 *	devices_plan()	looks at what --device names, and lists the rules
 *	(the cgroup sets the rules, when there are any)
 *	devices_make()	in the child, when there is a /dev
 *	devices_update()	later: launch device add, del
 */
#pragma once

#include <stdbool.h>

#include <linux/capability.h>

#include "spec.h"

struct container;
struct node;

/* Whether there is anything to plan.  Here, as the usual start wants nothing, and
 * each page of a program that it does not touch saves it some 15 us. */
static inline bool devices_are_wanted(const struct spec *spec)
{
	return spec->device_count || spec->cgroup.file_count ||
	       spec->caps >> CAP_MKNOD & 1;
}

/* Before anything is made of them.  The state directory gets a list.  -1:
 * reported. */
int devices_plan(struct container *c, const struct spec *spec);

/* In the child: the nodes that were planned, below root, which has its /dev.
 * Dies on failure. */
void devices_make(int root);

/* What the list of nodes says now is to hold for that one, which has been added
 * or removed; nothing to do where there are no rules.  -1: reported. */
int devices_update(const struct container *c, const struct node *node);
