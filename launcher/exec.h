/* exec.h - one more command in a container that runs
 *
 *	launch exec		A (host's pids)		B (inside)
 *	  forks ------------->	  joins the cgroups
 *				  enters all namespaces
 *				  drops what B is not
 *				  to have, finds the
 *	  <-- master of a pty --  command
 *				  becomes stage.c
 *				  forks a brother ---->	  child of launch
 *	  <-- its pid ----------  ends
 *	  <-- end of the pipe, or errno ---------------	  executes the command
 *
 * Nobody inside sees A, as it is in no pid namespace of theirs, and B is never
 * more than stage.c: there is nothing to be found in its memory, its fds or
 * behind its /proc/PID/exe.
 */
#pragma once

struct container;
struct spec;

/* Run what wanted says of a command in the container, which was started as
 * theirs says, and stay until it ends.  Returns what launch exits with. */
int exec_in(const struct container *c, const struct spec *theirs,
	    struct spec *wanted);
