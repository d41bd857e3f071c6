/* container_rundir.h - where the state of all containers of a user is
 *
 * RUNDIR is --state-dir, $LAUNCH_RUNDIR, /run/launch, or for a plain user
 * $XDG_RUNTIME_DIR/launch, /run/user/UID/launch or /tmp/launch-UID.
 */
#pragma once

struct container;

/* Open RUNDIR, NULL being the default; -1 and ENOENT: there is none yet, the
 * only failure that is not reported. */
int container_open_rundir(struct container *c, const char *path);

/* The same, and make it when there is none. */
int container_make_rundir(struct container *c, const char *path);
