/* container.h - what is: the facts of one container, and their files
 *
 *	RUNDIR/NAME/		locked (flock) for as long as its launcher lives
 *	RUNDIR/NAME/state	KEY=VALUE lines, replaced by rename
 *	RUNDIR/NAME/spec	what was wanted, as a config file; locked by whoever
 *				changes the container: hands its devices around,
 *				or clears it away
 *	RUNDIR/NAME/stop	is there: not to be started again
 *	RUNDIR/NAME/tracked	whose memory is, for a checkpoint: see cr_track.h
 *
 * A directory that nobody has locked belongs to a launcher that was killed;
 * container_prune() clears away what it left.  RUNDIR: see container_rundir.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "net.h"
#include "spec.h"

/* What every start writes to stands together, between what few need: each page
 * costs a fault. */
struct container {
	struct cgroup cgroup;
	char name[SPEC_NAME_MAX + 1];
	int rundir, dir;     /* -1: none */
	pid_t pid;           /* on the host; 0: not running */
	int pidfd;           /* -1 before Linux 5.3 */
	uint64_t start_time; /* of pid, from /proc/PID/stat, in ticks */
	pid_t launcher;      /* its supervisor */
	uint64_t launcher_start;
	unsigned int restarts;
	bool tty;            /* there is a console */
	bool loaded;         /* found by its state file */
	bool has_neighbours; /* others in RUNDIR, alive or left over */
	const char *rootfs;  /* borrowed, or in text; "": not known */
	struct net net;
	char text[SPEC_PATH_MAX + 1];
};

/* No container yet.  Not an initialiser: most of it is zeroes, 50 KiB that need
 * not be in the program. */
void container_init(struct container *c);

/* Make and lock the state directory.  -1: reported, also when the name is
 * taken by one that lives. */
int container_create(struct container *c, const struct spec *spec);

/* Write the state file, and the first time what was wanted.  -1: reported. */
int container_save(struct container *c);
int container_save_spec(struct container *c, const struct spec *spec);

/* Remove the state directory.  That is the last thing that a launcher does, unless
 * it is killed. */
void container_remove(struct container *c);

/* Has somebody removed it since it was opened? */
bool container_is_removed(const struct container *c);

/* Read the state file in c->dir.  -1: there is none. */
int container_load(struct container *c);

/* Remove the files of a state directory, and it; not what lent devices need. */
void container_remove_files(int rundir, const char *name, int dir);

/* Open a state directory and lock it.  -1 with errno: EWOULDBLOCK, its launcher
 * lives. */
int container_lock_dir(int rundir, const char *name);

/* The same for that of whoever changes the container, and wait for it: the fd to be closed, or
 * -1 with errno: ENOENT, it is gone. */
int container_lock(int dir);
