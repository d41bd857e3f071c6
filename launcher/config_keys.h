/* config_keys.h - what LXC's keys mean for a spec */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct spec;

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
};

/* Set what an "lxc." key says.  The value may be cut, and is pointed to by the
 * spec from then on.  -1: reported. */
int config_set_key(struct config *c, const char *key, char *value);

/* Report a key that is not known; nearest may be NULL.  -1. */
int config_unknown_key(const struct config *c, const char *key,
		       const char *nearest);

/* At the end of all files. */
int config_settle(struct config *c);
