/* attach.h - the console of a detached container, and who is at it
 *
 *	RUNDIR/NAME/console	a socket of the supervisor's
 *
 *	client				supervisor
 *	  connects -------------------->  one at a time: a second one gets
 *	  <---------------- "busy PID"	  who it is, and the end
 *	  <------ "ready" and the master
 *	  writes and sizes the master
 *	  <---------------- all output	  which is also for the log
 *
 * A client that does not read for a second loses its place: the container does
 * not wait for it.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct attach {
	int listener, client; /* -1: none */
	pid_t who;            /* the client */
};
#define ATTACH_INIT                          \
	{                                    \
		.listener = -1, .client = -1 \
	}

/* The first packet to a client. */
struct attach_greeting {
	pid_t who; /* 0: you; else who has the console */
};

/* The supervisor's side; dir is the state directory.  -1 with errno. */
int attach_listen(struct attach *a, int dir);
void attach_accept(struct attach *a, int master);
void attach_output(struct attach *a, const void *bytes, size_t count);
void attach_drop(struct attach *a);
void attach_close(struct attach *a);

/* The client's: the socket, with the master in *master.  -1: reported. */
int attach_connect(int dir, const char *name, int *master);
