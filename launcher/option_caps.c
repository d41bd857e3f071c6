/* option_caps.c - capabilities by name */
#include "option.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <linux/capability.h>

#include "common/count.h"
#include "common/text.h"
#include "spec.h"

static const char *const names[] = {
	[CAP_CHOWN] = "CHOWN",
	[CAP_DAC_OVERRIDE] = "DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "DAC_READ_SEARCH",
	[CAP_FOWNER] = "FOWNER",
	[CAP_FSETID] = "FSETID",
	[CAP_KILL] = "KILL",
	[CAP_SETGID] = "SETGID",
	[CAP_SETUID] = "SETUID",
	[CAP_SETPCAP] = "SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "NET_BROADCAST",
	[CAP_NET_ADMIN] = "NET_ADMIN",
	[CAP_NET_RAW] = "NET_RAW",
	[CAP_IPC_LOCK] = "IPC_LOCK",
	[CAP_IPC_OWNER] = "IPC_OWNER",
	[CAP_SYS_MODULE] = "SYS_MODULE",
	[CAP_SYS_RAWIO] = "SYS_RAWIO",
	[CAP_SYS_CHROOT] = "SYS_CHROOT",
	[CAP_SYS_PTRACE] = "SYS_PTRACE",
	[CAP_SYS_PACCT] = "SYS_PACCT",
	[CAP_SYS_ADMIN] = "SYS_ADMIN",
	[CAP_SYS_BOOT] = "SYS_BOOT",
	[CAP_SYS_NICE] = "SYS_NICE",
	[CAP_SYS_RESOURCE] = "SYS_RESOURCE",
	[CAP_SYS_TIME] = "SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "SYS_TTY_CONFIG",
	[CAP_MKNOD] = "MKNOD",
	[CAP_LEASE] = "LEASE",
	[CAP_AUDIT_WRITE] = "AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "AUDIT_CONTROL",
	[CAP_SETFCAP] = "SETFCAP",
	[CAP_MAC_OVERRIDE] = "MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "MAC_ADMIN",
	[CAP_SYSLOG] = "SYSLOG",
	[CAP_WAKE_ALARM] = "WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "AUDIT_READ",
	[CAP_PERFMON] = "PERFMON",
	[CAP_BPF] = "BPF",
	[CAP_CHECKPOINT_RESTORE] = "CHECKPOINT_RESTORE",
};

/* Its bit, or 0. */
static uint64_t cap_bit(const char *name)
{
	if (strcasecmp(name, "ALL") == 0)
		return SPEC_CAPS_ALL;
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return (uint64_t)1 << i;
	return 0;
}

/* Names between commas or blanks.  Of --cap-add and --cap-drop of the same one
 * the last wins. */
static int set_caps(const struct option_use *use, uint64_t *into,
		    uint64_t *out_of)
{
	const char *name;
	uint64_t found = 0;

	for (char *rest = use->value; (name = strsep(&rest, ", \t"));) {
		uint64_t bit = cap_bit(name);

		if (!*name)
			continue;
		if (bit == 0)
			return option_bad(use, "capability", name,
					  "see capabilities(7)");
		found |= bit;
	}
	if (found == 0)
		return option_bad(use, "capability", "", NULL);
	*into |= found;
	*out_of &= ~found;
	return 0;
}

static const char *get_caps(uint64_t caps, size_t index)
{
	if (caps & SPEC_CAPS_ALL && index-- == 0)
		return "ALL";
	for (size_t i = 0; i < COUNT(names); i++)
		if (caps >> i & 1 && index-- == 0)
			return names[i];
	return NULL;
}

static int set_cap_add(const struct option_use *use)
{
	return set_caps(use, &use->spec->caps_add, &use->spec->caps_drop);
}

static const char *get_cap_add(const struct option_query *q)
{
	return get_caps(q->spec->caps_add, q->index);
}

const struct option_type option_cap_add = { set_cap_add, get_cap_add };

static int set_cap_drop(const struct option_use *use)
{
	return set_caps(use, &use->spec->caps_drop, &use->spec->caps_add);
}

static const char *get_cap_drop(const struct option_query *q)
{
	return get_caps(q->spec->caps_drop, q->index);
}

const struct option_type option_cap_drop = { set_cap_drop, get_cap_drop };
