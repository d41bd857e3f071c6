/* config_cgroup.c - what LXC's cgroup keys mean for a spec */
#include "config_cgroup.h"

#include <errno.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "config_keys.h"
#include "option.h"
#include "spec.h"

static int bad(const struct config *c, const char *what, const char *value)
{
	return failx("bad %s '%s' for %s", what, value, c->origin);
}

static bool is_unlimited(const char *value)
{
	return strcmp(value, "max") == 0 || strcmp(value, "-1") == 0;
}

static int set_swap_max(struct config *c, char *value)
{
	uint64_t bytes;

	if (!is_unlimited(value) && parse_size(value, &bytes) < 0)
		return bad(c, "size", value);
	c->swap_max = value;
	return 0;
}

static int set_quota(struct config *c, char *value)
{
	c->quota_us = 0;
	if (is_unlimited(value))
		return 0;
	if (parse_uint(value, UINT32_MAX, &c->quota_us) < 0)
		return bad(c, "number", value);
	return 0;
}

static int set_period(struct config *c, char *value)
{
	if (parse_uint(value, UINT32_MAX, &c->period_us) < 0 ||
	    c->period_us == 0)
		return bad(c, "number", value);
	return 0;
}

/* "QUOTA [PERIOD]" */
static int set_cpu_max(struct config *c, char *value)
{
	char *period = split_at(value, ' ');

	if (period && set_period(c, period) < 0)
		return -1;
	return set_quota(c, value);
}

/* Files that a spec has its own field for. */
static const struct limit {
	int version;
	const char *file;
	const char *option; /* takes the same values */
	int (*set)(struct config *c, char *value);
} limits[] = {
	{ 1, "memory.limit_in_bytes", "memory" },
	{ 2, "memory.max", "memory" },
	{ 1, "memory.memsw.limit_in_bytes", "memory-swap" },
	{ 2, "memory.swap.max", NULL, set_swap_max },
	{ 1, "cpuset.cpus", "cpuset-cpus" },
	{ 2, "cpuset.cpus", "cpuset-cpus" },
	{ 1, "cpuset.mems", "cpuset-mems" },
	{ 2, "cpuset.mems", "cpuset-mems" },
	{ 1, "pids.max", "pids-limit" },
	{ 2, "pids.max", "pids-limit" },
	{ 1, "cpu.cfs_quota_us", NULL, set_quota },
	{ 1, "cpu.cfs_period_us", NULL, set_period },
	{ 2, "cpu.max", NULL, set_cpu_max },
};

static int set_limit(struct config *c, const struct limit *limit, char *value)
{
	const struct option_def *def;

	if (limit->set)
		return limit->set(c, value);
	def = option_find(limit->option, strlen(limit->option));
	if (!is_unlimited(value))
		return option_set(def, c->spec, value, c->origin);
	/* No limit is what a spec's 0 means. */
	*(uint64_t *)((char *)c->spec + def->field) = 0;
	return 0;
}

/* LXC's userns.conf takes back what common.conf has written to a file. */
static void forget(struct cgroup_spec *cgroup, int version, const char *file)
{
	size_t kept = 0;

	for (size_t i = 0; i < cgroup->file_count; i++) {
		const struct cgroup_file *f = cgroup->files + i;

		if (f->version != version || strcmp(f->file, file) != 0)
			cgroup->files[kept++] = *f;
	}
	cgroup->file_count = kept;
}

int config_set_cgroup(struct config *c, int version, const char *file,
		      char *value)
{
	for (const struct limit *l = limits; l < limits + COUNT(limits); l++)
		if (l->version == version && strcmp(l->file, file) == 0)
			return set_limit(c, l, value);
	if (!*value) {
		forget(&c->spec->cgroup, version, file);
		return 0;
	}
	if (spec_add_cgroup_file(c->spec, version, file, value) == 0)
		return 0;
	if (errno == ENOSPC)
		return failx("cannot set %s: too many cgroup files", c->origin);
	return bad(c, "value", value);
}

/* A spec counts memory and swap together, as v1 and docker do. */
static int settle_swap(struct config *c)
{
	struct cgroup_spec *cgroup = &c->spec->cgroup;
	uint64_t swap;

	if (!c->swap_max)
		return 0;
	if (cgroup->memory == 0)
		return spec_add_cgroup_file(c->spec, 2, "memory.swap.max",
					    c->swap_max);
	if (is_unlimited(c->swap_max))
		cgroup->memory_swap = UINT64_MAX;
	else if (parse_size(c->swap_max, &swap) < 0 ||
		 __builtin_add_overflow(cgroup->memory, swap,
					&cgroup->memory_swap))
		return failx("bad size '%s' for memory.swap.max", c->swap_max);
	return 0;
}

int config_settle_cgroup(struct config *c)
{
	enum { PERIOD_US = 100000 /* the kernel's default */ };
	uint64_t period = c->period_us ? c->period_us : PERIOD_US;

	if (c->quota_us) {
		c->spec->cgroup.cpus_milli = c->quota_us * 1000 / period;
		if (c->spec->cgroup.cpus_milli == 0)
			c->spec->cgroup.cpus_milli = 1;
	}
	return settle_swap(c);
}
