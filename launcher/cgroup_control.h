/* cgroup_control.h - the groups of a container that runs: freeze, see, change
 *
 * They are those of another launcher's, known by their paths alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgroup;
struct cgroup_spec;
struct device_rule;
struct devfilter;

/* What cannot be known is CGROUP_UNKNOWN. */
#define CGROUP_UNKNOWN UINT64_MAX

struct cgroup_stats {
	uint64_t cpu_us, memory, memory_peak, pids, read_bytes, written_bytes;
};

void cgroup_read_stats(const struct cgroup *cg, struct cgroup_stats *stats);

/* The most memory that was in use at once; 0: unknown. */
uint64_t cgroup_memory_peak(const struct cgroup *cg);

/* Stop all processes where they are, or let them go on, and wait for it.  -1
 * with errno: ENOENT, there is no group for it; ESRCH, it went away meanwhile;
 * EBUSY, it takes too long. */
int cgroup_set_frozen(const struct cgroup *cg, bool frozen);
bool cgroup_is_frozen(const struct cgroup *cg);

/* Set those limits that are asked for.  -1: reported. */
int cgroup_update(const struct cgroup *cg, const struct cgroup_spec *want,
		  const char *name);

/* The version of cgroups that rules for devices are of; 0: there is none. */
int cgroup_devices_version(void);

/* Let the rules be in force: v1, for that device; v2, all of them at once.  -1
 * with errno. */
int cgroup_set_device(const struct cgroup *cg, const struct devfilter *f,
		      int version, const struct device_rule *device);

/* Move the calling process into all of them.  -1: reported. */
int cgroup_enter(const struct cgroup *cg);
