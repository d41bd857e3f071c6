/* config_keys.h - what LXC's keys mean for a spec */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec.h"

struct config {
	struct spec *spec;
	const char *origin; /* "KEY at FILE:LINE" */
	const char *where;  /* "FILE:LINE" */

	/* For the reader: go on with this, then come back; or NULL. */
	const char *include;
	bool include_fstab; /* it has lines of fstab(5) */

	/* What several keys say together; see config_settle().  0, NULL: not
	 * said. */
	const char *swap_max;
	uint64_t quota_us, period_us;
	const char *uid, *gid;

	/* Interfaces, whose keys come one by one; see config_net.c. */
	struct config_net {
		bool used;
		struct net_spec net;
		char origin[256]; /* of its type */
	} nets[SPEC_NETS_MAX];
	size_t nets_begun; /* with lxc.network.type */
};

/* Set what an "lxc." key says.  The value may be cut, and is pointed to by the
 * spec from then on.  -1: reported. */
int config_set_key(struct config *c, const char *key, char *value);

/* Report a key that is not known; nearest may be NULL.  -1. */
int config_unknown_key(const struct config *c, const char *key,
		       const char *nearest);

/* At the end of all files. */
int config_settle(struct config *c);
