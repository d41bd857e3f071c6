/* caps.c - which of root's powers the command keeps */
#include "caps.h"

#include <errno.h>
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

void caps_limit(uint64_t keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	uint32_t low = keep, high = keep >> 32;
	struct __user_cap_data_struct sets[2] = {
		{ .effective = low, .permitted = low },
		{ .effective = high, .permitted = high },
	};

	if (capset(&header, sets) < 0)
		die("cannot limit the capabilities");
}
