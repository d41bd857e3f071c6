/* roster.h - all containers, and what they use: for list, stats and top */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/address.h"
#include "launcher/cgroup_control.h"
#include "launcher/container_find.h"
#include "launcher/spec.h"

struct json;

enum { ROSTER_MAX = 4096, ROSTER_ADDRESSES_MAX = 4 };

struct member {
	char name[SPEC_NAME_MAX + 1];
	char rootfs[256]; /* its end, if it is longer */
	pid_t pid;
	uint64_t start_time, age_ms;
	enum container_life life;
	bool frozen;
	char addresses[ROSTER_ADDRESSES_MAX][ADDRESS_TEXT];
	size_t address_count;
	struct cgroup_stats stats; /* from its groups, or from its processes */
	uint64_t received, sent;   /* bytes; CGROUP_UNKNOWN */
	ino_t pid_namespace;       /* 0: none of its own */
};

struct roster {
	struct member *sorted[ROSTER_MAX]; /* by name */
	struct member members[ROSTER_MAX];
	size_t count;
	bool overflow;
};

/* Read them all; name NULL, or only that one.  -1: reported. */
int roster_read(struct roster *roster, const char *state_dir, const char *name);

/* "running", "frozen", "lost" ... */
const char *member_state(const struct member *m);

/* A number of bytes as people read it: "1.5M"; "-" if it is unknown. */
struct size_text {
	char text[32];
};
struct size_text size_text(uint64_t bytes);

/* The same of time: "3d4h", "5m2s". */
struct size_text age_text(uint64_t ms);

/* A number, or null when it is unknown. */
void json_known(struct json *j, const char *key, uint64_t number);
