/* caps.c - which of root's powers the command keeps */
#include "caps.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "common/report.h"

enum { CAPS_MAX = 64 };

/* The kernel may know more capabilities than the headers: up to EINVAL. */
void caps_bound(uint64_t keep)
{
	for (unsigned int cap = 0; cap < CAPS_MAX; cap++) {
		if (keep >> cap & 1)
			continue;
		if (cap_drop_bound(cap) == 0)
			continue;
		if (errno == EINVAL)
			return;
		die("cannot drop capability %u from the bounding set", cap);
	}
}

static uint64_t permitted(struct __user_cap_header_struct *header)
{
	struct __user_cap_data_struct sets[2] = { { 0 } };

	if (capget(header, sets) < 0)
		return 0;
	return sets[0].permitted | (uint64_t)sets[1].permitted << 32;
}

static int try_set(struct __user_cap_header_struct *header, uint64_t keep,
		   bool inherit)
{
	uint32_t low = keep, high = keep >> 32;
	struct __user_cap_data_struct sets[2] = {
		{ low, low, inherit ? low : 0 },
		{ high, high, inherit ? high : 0 },
	};

	return capset(header, sets);
}

/* Returns what it is, which may be less where all were asked for. */
static uint64_t set(uint64_t keep, bool inherit, bool all)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	if (try_set(&header, keep, inherit) == 0)
		return keep;
	if (errno == EPERM && all) {
		keep &= permitted(&header);
		if (try_set(&header, keep, inherit) == 0)
			return keep;
	}
	die("cannot limit the capabilities%s",
	    errno == EPERM ? " (is one of --cap-add not ours?)" : "");
}

void caps_limit(uint64_t keep, bool all)
{
	set(keep, false, all);
}

void caps_keep(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		die("cannot keep capabilities (--cap-add)");
}

void caps_pass_on(uint64_t keep, bool all)
{
	keep = set(keep, true, all);
	for (unsigned int cap = 0; cap < CAPS_MAX; cap++)
		if (keep >> cap & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			die("cannot pass on capability %u (--cap-add)", cap);
}
