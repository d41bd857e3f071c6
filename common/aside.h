/* aside.h - something done by a process of its own, but in our memory */
#pragma once

#include <stdint.h>

/* Call action in a process that shares our memory, and whatever flags of
 * clone(2) say; wait for it.  Returns what it returned, or -1 with errno: there
 * was no such process.  One at a time. */
int run_aside(uint64_t flags, int (*action)(void *arg), void *arg);
