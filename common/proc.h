/* proc.h - what /proc says about a process
 *
 * A pid alone is no identity: the kernel gives it to the next one.  With the
 * time of its start it is.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char state; /* 'R', 'S', 'Z' ... */
	pid_t parent;
	uint64_t cpu_ticks; /* user and system */
	uint64_t start;     /* in ticks since boot */
	uint64_t rss_pages;
};

/* -1: there is no such process. */
int proc_stat(pid_t pid, struct proc_stat *stat);

/* When pid was started, in ticks since boot; 0 if there is no such process, or
 * none but a zombie: not every parent reaps at once. */
uint64_t proc_start_time(pid_t pid);

/* A pidfd of the process of that start time.  -1: it is gone (ESRCH), or before
 * Linux 5.3 (ENOSYS). */
int proc_open(pid_t pid, uint64_t start);

/* How long a process that was started then has been there. */
uint64_t proc_age_ms(uint64_t start);
