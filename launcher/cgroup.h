/* cgroup.h - the container's limits: a group of its own per hierarchy
 *
 * One directory, launch.NAME, in each hierarchy that a limit needs, and in no
 * other: a hierarchy costs some 80 microseconds.  On v1 it is below the
 * caller's own group there; on v2 beside it, as a group with processes cannot
 * have limited children.  Without limits nothing is made or looked for.
 *
 *	launcher		child
 *	cgroup_plan(), cgroup_create()
 *	clone (into v2) ------>	cgroup_join()
 *	...
 *	cgroup_remove()
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { CGROUP_GROUPS_MAX = 12, CGROUP_TEXT_MAX = 4 * PATH_MAX };

struct cgroup_spec;
struct devfilter;
struct lines;

struct cgroup {
	char text[CGROUP_TEXT_MAX]; /* what is not used takes no memory */
	size_t used;
	size_t count;
	struct cgroup_group {
		const char *path; /* on the host; in text */
		int dir;          /* O_PATH; -1: closed */
		int procs;        /* cgroup.procs, to join; -1: closed */
		int version;      /* 1 or 2 */
		bool planned; /* by a launcher that was killed: there or not */
		bool created; /* by us: to be removed */
	} groups[CGROUP_GROUPS_MAX];
	const struct devfilter *devices; /* to be in force; NULL: none */
};

#define CGROUP_INIT        \
	{                  \
		.count = 0 \
	}

/* Find where each limit belongs and name the groups, so that they can be
 * written down before they exist.  -1: reported. */
int cgroup_plan(struct cgroup *cg, const struct cgroup_spec *want,
		const char *name);

/* Make them and set the limits.  -1: reported; what was made is left to
 * cgroup_remove(). */
int cgroup_create(struct cgroup *cg, const struct cgroup_spec *want);

/* Let go of the memory that planning took. */
void cgroup_forget_plan(void);

/* Whether there is a group at all: no limits, no group. */
bool cgroup_is_used(const struct cgroup *cg);

/* The v2 group for CLONE_INTO_CGROUP, borrowed; -1: none. */
int cgroup_clone_fd(const struct cgroup *cg);

/* In the child: join them all; the v2 one only unless cloned into.  -1:
 * reported. */
int cgroup_join(const struct cgroup *cg, bool cloned_into);

/* Whether the kernel has killed for want of memory (since Linux 4.13). */
bool cgroup_ran_out_of_memory(const struct cgroup *cg);

/* Kill what lingers in the groups and remove them, with what the container
 * made below. */
void cgroup_remove(struct cgroup *cg);

/* The number of a new group, or -1 with errno: for who names them. */
int cgroup_add_group(struct cgroup *cg, const char *path, int version);

/* "cgroup=PATH" lines of the state file; "cgroup-planned=" until it is made. */
void cgroup_save(const struct cgroup *cg, struct lines *lines);

/* Take one of them back; 1 when the key is not ours. */
int cgroup_load(struct cgroup *cg, const char *key, const char *value);
