/* event.h - what happens to containers, told to whoever listens
 *
 *	RUNDIR/.events/PID	a socket of each listener, a packet an event
 *
 * Without a listener there is no such directory, and telling costs one call.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "spec.h"

struct json;

struct event {
	const char *kind; /* "start", "exit", "device-add" ... */
	pid_t pid;        /* 0: none */
	bool ended;       /* exit and signal count */
	int exit;         /* the status of launch */
	int signal;       /* that ended the first process; 0: none */
	bool oom, timed_out;
	uint64_t memory_peak; /* 0: unknown */
	const char *device;   /* NULL: none */
};

/* A packet. */
struct event_packet {
	char name[SPEC_NAME_MAX + 1], kind[16];
	int ended, exit, signal;
	char json[896];
};

/* As one line of JSON. */
void event_write(struct json *j, const char *name, const struct event *event);

/* Whether anybody listens in that RUNDIR. */
bool event_is_heard(int rundir);

/* To those who listen there.  Never waits for one who is slow. */
void event_tell(int rundir, const char *name, const struct event *event);

/* Listen: an fd, or -1 and reported.  Close it by event_ignore(). */
int event_listen(int rundir);
void event_ignore(int rundir, int fd);

/* Take the next packet: 1, or 0 when it was none of ours.  Blocks. */
int event_receive(int fd, struct event_packet *packet);
