/* service.h - a line of the inittab and the process it keeps alive
 *
 * Nothing here waits: what takes time is a state, and the one loop brings the
 * events.  What a state does on an event stands in one table, in service.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct line;

enum service_state {
	SERVICE_DOWN,
	SERVICE_QUEUED, /* for those it comes after */
	SERVICE_PARKED, /* until its terminal exists */
	SERVICE_UP,
	SERVICE_WAITING,  /* until .wake_ms, then to be started again */
	SERVICE_STOPPING, /* its signal has been sent; KILL at .wake_ms */
	SERVICE_STATES,
};

enum service_event {
	SERVICE_START,
	SERVICE_STOP,
	SERVICE_EXITED,
	SERVICE_TIMEOUT,
	SERVICE_LOOK, /* again: others, or terminals, have changed */
	SERVICE_EVENTS,
};

struct service {
	const struct line *line;
	enum service_state state;
	pid_t pid; /* 0: none */
	int64_t started_ms;
	int64_t wake_ms;      /* 0: never */
	unsigned int crashes; /* in a row */
	unsigned int starts;
	int status;   /* of waitpid, when it last ended */
	bool ended;   /* ... at least once since it was last to be started */
	bool again;   /* to be started once it has stopped */
	bool once;    /* not to be started again by itself */
	bool failed;  /* given up: see limit= */
	bool starved; /* there was no room for a process */
	bool last;    /* belongs to the way down, and so may start there */
	bool removed; /* its line is gone; so is it, once it has stopped */
};

void service_handle(struct service *s, enum service_event event);

/* Is it what others may come after? */
bool service_is_ready(const struct service *s);

/* From now on only those marked last start. */
void service_freeze(void);

/* Has a service marked main ended?  Its exit status, or -1. */
int service_main_status(void);

/* As a shell would tell waitpid's status. */
int exit_status(int status);
