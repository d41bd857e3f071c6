/* cr_tty.h - the ptys of a container, into an image and back
 *
 * Each is made again with its number, lowest first, as the kernel gives them out.
 * The first is the console, if there is one: a start has made that already, with
 * the master in the launcher.  A master that was elsewhere outside, as of "launch
 * exec", is no more: its terminal is hung up.
 */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

/* PTYs, of init's /dev/pts.  -1: reported. */
int cr_tty_dump(struct cr_image *image, pid_t init);

/* The number of the pty that a process has as its terminal, and 1; 0: none. */
int32_t cr_tty_of(uint64_t device);

/* In the first process: make them, with their masters from that fd on, one each.
 * Dies. */
void cr_tty_restore(const struct cr_image *image, int masters);

/* Which of those fds is the master of that number; -1: none. */
int cr_tty_master(const struct cr_image *image, int masters, uint64_t number);

/* In the leader of a session: take its terminal; and let a group of it have that.
 * Dies. */
void cr_tty_take(const struct cr_process *p);
void cr_tty_give(const struct cr_process *p);
