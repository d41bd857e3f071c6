/* detach.h - become the supervisor of a container in the background
 *
 *	launch -d			supervisor
 *	  forks ----------------------->  leaves the session, and all fds but
 *	  waits				  0-2, --status-fd and the pipe
 *					  starts the container
 *	  "it runs", exit 0  <----------  says so, and lets go of 0-2 too
 *	  or its exit status <-- dies --
 */
#pragma once

/* Fork.  0: we are the supervisor, *ready is to be given to detach_settle();
 * *status_fd has a new number, if it was not 0.  Else -1 and in *status what to
 * exit with, all being said. */
int detach(int *ready, int *status_fd, int *status);

/* The container runs: tell, and point fds 0-2 at null. */
void detach_settle(int ready, int null);
