/* container_find.h - containers of other launchers: find, tell how they are */
#pragma once

#include <stdbool.h>

struct container;
struct spec;

enum container_life {
	LIFE_STARTING, /* no first process yet */
	LIFE_RUNNING,
	LIFE_RESTARTING, /* between two lives */
	LIFE_ENDING,     /* the first process is dead */
	LIFE_LOST,       /* its launcher was killed: to be pruned */
};

/* Open the container of that name, with its pidfd if it runs.  -1: reported,
 * also when there is none.  state_dir NULL: the default. */
int container_find(struct container *c, const char *state_dir,
		   const char *name);

/* The same, and it has to run. */
int container_find_running(struct container *c, const char *state_dir,
			   const char *name);

/* Once more, at one that was found: it may have been removed since. */
void container_look(struct container *c);

/* Close what finding has opened. */
void container_close(struct container *c);

enum container_life container_life(const struct container *c);
const char *container_life_name(enum container_life life);

/* Visit each container of RUNDIR, in any order.  -1: reported. */
int container_each(struct container *c, const char *state_dir,
		   void (*visit)(struct container *c, void *arg), void *arg);

/* What was wanted, into an empty spec.  -1: reported.  1: nothing is kept of it,
 * as the container has ended just now; that is a failure of load. */
int container_try_spec(const struct container *c, struct spec *spec);
int container_load_spec(const struct container *c, struct spec *spec);

/* Send a signal to its first process, and to nobody else.  -1 with errno. */
int container_signal(const struct container *c, int number);

/* Wait until its first process has ended, or its launcher: 0; 1: not in that
 * time (< 0: for ever). */
int container_wait_end(const struct container *c, int timeout_ms);
int container_wait_launcher(const struct container *c, int timeout_ms);
