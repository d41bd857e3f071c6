/* cr_find.h - the processes of a container, parents before their children
 *
 * All that are in the pid namespace of its first one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"
#include "cr_machine.h"

struct cr_task {
	pid_t tid;     /* on the host */
	int inner;     /* in the container */
	uint64_t mask; /* of blocked signals, once they are all blocked */
	uint64_t rseq_cs;
	uint64_t rseq; /* where its address is, to be put back; 0: nowhere */
	struct cr_registers registers;
	bool held;
	bool again; /* only the kernel knows which call it makes */
};

struct cr_held {
	pid_t pid; /* on the host */
	int inner, parent, pgid, sid;
	size_t first, count; /* of tasks: its own; the first is the leader */
	bool zombie, stopped;
};

struct cr_seized {
	size_t process_count, task_count;
	struct cr_held processes[CR_PROCESSES_MAX];
	struct cr_task tasks[CR_THREADS_MAX];
};

/* Find them, without touching them.  -1: reported. */
int cr_find_processes(struct cr_seized *s, pid_t init);
