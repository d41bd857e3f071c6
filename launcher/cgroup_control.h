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

/* What cannot be known is CGROUP_UNKNOWN. */
#define CGROUP_UNKNOWN UINT64_MAX

struct cgroup_stats {
	uint64_t cpu_us, memory, memory_peak, pids, read_bytes, written_bytes;
};

void cgroup_read_stats(const struct cgroup *cg, struct cgroup_stats *stats);

/* The most memory that was in use at once; 0: unknown. */
uint64_t cgroup_memory_peak(const struct cgroup *cg);

/* Stop all processes where they are, or let them go on, and wait for it.  -1
 * with errno: ENOENT, there is no group for it; EBUSY, it takes too long. */
int cgroup_set_frozen(const struct cgroup *cg, bool frozen);
bool cgroup_is_frozen(const struct cgroup *cg);

/* Set those limits that are asked for.  -1: reported. */
int cgroup_update(const struct cgroup *cg, const struct cgroup_spec *want,
		  const char *name);

/* Allow a device, or not any more: "c 1:5 rwm".  Where no rules are in force
 * this does nothing.  -1 with errno. */
int cgroup_allow_device(const struct cgroup *cg, const char *rule, bool allow);

/* Move the calling process into all of them.  -1: reported. */
int cgroup_enter(const struct cgroup *cg);
