/* container.h - what is: the facts of one container, and their files
 *
 *	RUNDIR/NAME/		locked (flock) for as long as its launcher lives
 *	RUNDIR/NAME/state	KEY=VALUE lines, replaced by rename
 *
 * RUNDIR is --state-dir, $LAUNCH_RUNDIR, /run/launch, or for a plain user
 * $XDG_RUNTIME_DIR/launch.  A directory that nobody has locked belongs to a
 * launcher that was killed; container_prune() clears away what it left.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "net.h"
#include "spec.h"

struct container {
	char name[SPEC_NAME_MAX + 1];
	int rundir, dir;     /* -1: none */
	pid_t pid;           /* on the host; 0: not running */
	int pidfd;           /* -1 before Linux 5.3 */
	uint64_t start_time; /* of pid, from /proc/PID/stat, in ticks */
	bool saved;          /* the state file exists */
	bool has_neighbours; /* others in RUNDIR, alive or left over */
	struct net net;
	struct cgroup cgroup;
};

/* No container yet.  Not an initialiser: most of it is zeroes, 50 KiB that need
 * not be in the program. */
void container_init(struct container *c);

/* Make and lock the state directory.  -1: reported, also when the name is
 * taken by one that lives. */
int container_create(struct container *c, const struct spec *spec);

/* Write the state file.  -1: reported. */
int container_save(struct container *c);

/* Remove the state directory. */
void container_remove(struct container *c);

/* End what killed launchers left behind, in the same RUNDIR as c. */
void container_prune(const struct container *c);
