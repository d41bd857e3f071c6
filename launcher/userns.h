/* userns.h - root inside is somebody else outside
 *
 *	launcher			child
 *	userns_plan()
 *	clone ------------------------>	has all powers inside, and no name yet
 *	userns_map()
 *	GO --------------------------->	userns_become_root()
 *
 * Root writes the maps itself.  A plain user may map nobody but himself; for
 * the ids that /etc/subuid gives him newuidmap(1) does it, which is setuid.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "spec.h"

struct userns {
	bool used;
	uid_t uid; /* the caller */
	gid_t gid;
	bool can_be_alone; /* without newuidmap(1) only himself is mapped */
	struct id_map uids, gids;
	int lock; /* until the map can be seen; borrowed; -1: none */
};

/* Find out which ids to map.  rundir is locked, so that another launcher does
 * not choose the same ones, until userns_map().  -1: reported, as always. */
int userns_plan(struct userns *u, const struct spec *spec, int rundir);

/* Map the ids of the namespace that pid is in. */
int userns_map(struct userns *u, pid_t pid);

/* Whether the id that one has outside is anybody's inside. */
bool userns_has(const struct id_map *map, uid_t outside);

/* Whether somebody is root inside. */
bool userns_has_root(const struct userns *u);

/* In the child, or entered: be root inside, if somebody is.  Dies on failure. */
void userns_become_root(void);

/* In the child: die if a namespace gives us no powers after all. */
void userns_check(void);

/* What of the machine's settings is in the way: " (...)", or "".  Keeps errno. */
const char *userns_obstacle(void);
