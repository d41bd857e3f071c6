/* cgroup_limits.c - which limit of the spec is which file, on v1 and on v2 */
#include "cgroup_limits.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "common/count.h"
#include "spec.h"

/* Of the CPU quota, of which there must be a millisecond: the kernel's own
 * default, and its longest for less than a hundredth of a CPU. */
static unsigned int period_us(const struct cgroup_spec *want)
{
	return want->cpus_milli < 10 ? 1000000 : 100000;
}

static int number(char *value, size_t size, uint64_t n)
{
	snprintf(value, size, "%" PRIu64, n);
	return n > 0;
}

static int text(char *value, size_t size, const char *t)
{
	snprintf(value, size, "%s", t ? t : "");
	return t != NULL;
}

static int format_memory(const struct cgroup_spec *want, int version,
			 char *value, size_t size)
{
	(void)version;
	return number(value, size, want->memory);
}

/* v1 counts memory and swap together, v2 swap alone. */
static int format_swap(const struct cgroup_spec *want, int version, char *value,
		       size_t size)
{
	if (want->memory_swap == 0)
		return 0;
	if (want->memory_swap == UINT64_MAX)
		return text(value, size, version == 1 ? "-1" : "max");
	number(value, size,
	       want->memory_swap - (version == 1 ? 0 : want->memory));
	return 1; /* also of 0: no swap at all */
}

static int format_period(const struct cgroup_spec *want, int version,
			 char *value, size_t size)
{
	(void)version;
	number(value, size, period_us(want));
	return want->cpus_milli > 0;
}

static int format_quota(const struct cgroup_spec *want, int version,
			char *value, size_t size)
{
	uint64_t quota = want->cpus_milli * period_us(want) / 1000;

	if (version == 2)
		snprintf(value, size, "%" PRIu64 " %u", quota, period_us(want));
	else
		number(value, size, quota);
	return want->cpus_milli > 0;
}

static int format_cpus(const struct cgroup_spec *want, int version, char *value,
		       size_t size)
{
	(void)version;
	return text(value, size, want->cpuset_cpus);
}

static int format_mems(const struct cgroup_spec *want, int version, char *value,
		       size_t size)
{
	(void)version;
	return text(value, size, want->cpuset_mems);
}

static int format_pids(const struct cgroup_spec *want, int version, char *value,
		       size_t size)
{
	(void)version;
	return number(value, size, want->pids);
}

/* On v1 the sum must not be below memory alone: memory first. */
static const struct cgroup_limit limits[] = {
	{ "memory",
	  { "memory.limit_in_bytes", "memory.max" },
	  "--memory",
	  format_memory },
	{ "memory",
	  { "memory.memsw.limit_in_bytes", "memory.swap.max" },
	  "--memory-swap",
	  format_swap },
	{ "cpu", { "cpu.cfs_period_us", NULL }, "--cpus", format_period },
	{ "cpu", { "cpu.cfs_quota_us", "cpu.max" }, "--cpus", format_quota },
	{ "cpuset",
	  { "cpuset.cpus", "cpuset.cpus" },
	  "--cpuset-cpus",
	  format_cpus },
	{ "cpuset",
	  { "cpuset.mems", "cpuset.mems" },
	  "--cpuset-mems",
	  format_mems },
	{ "pids", { "pids.max", "pids.max" }, "--pids-limit", format_pids },
};

const struct cgroup_limit *cgroup_limit(size_t n)
{
	return n < COUNT(limits) ? limits + n : NULL;
}
