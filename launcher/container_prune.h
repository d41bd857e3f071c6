/* container_prune.h - clear away what killed launchers left behind */
#pragma once

#include <stdbool.h>

struct container;

/* End what is left of a container whose launcher is dead, by its locked state
 * directory. */
void container_end_orphan(int dir);

/* All in the same RUNDIR as c; told() gets the name of each, and may be NULL. */
void container_prune(const struct container *c, void (*told)(const char *name));

/* The one of that name: true if there was something, and no launcher. */
bool container_prune_one(int rundir, const char *name);
