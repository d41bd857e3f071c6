/* probe.h - what this kernel can do, found out by doing it */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct probe {
	const char *name;
	bool needed;     /* by a default start of root */
	const char *use; /* what it is for */
	int (*run)(const struct probe *p, const char **detail);
	const char *what; /* for run() */
	int number;
};

/* The nth; NULL behind the last. */
const struct probe *probe_at(size_t n);
