/* netns.h - a network namespace for a unit test of its own */
#pragma once

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Enter a new one, as root or through a user namespace; else give up. */
static inline void enter_new_netns(void)
{
	int flags = CLONE_NEWNET | (geteuid() == 0 ? 0 : CLONE_NEWUSER);

	if (unshare(flags) < 0) {
		perror("# unshare");
		exit(1);
	}
}
