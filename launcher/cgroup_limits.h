/* cgroup_limits.h - which limit of the spec is which file, on v1 and on v2 */
#pragma once

#include <stddef.h>

struct cgroup_spec;

struct cgroup_limit {
	const char *controller;
	const char *file[2]; /* on v1, on v2; NULL: there is none */
	const char *option;  /* that asks for it, for messages */

	/* The value as the file wants it: 1, or 0 when it is not asked for. */
	int (*format)(const struct cgroup_spec *want, int version, char *value,
		      size_t size);
};

/* The nth, in the order in which they must be written; NULL behind the last. */
const struct cgroup_limit *cgroup_limit(size_t n);
