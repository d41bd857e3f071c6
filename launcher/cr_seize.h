/* cr_seize.h - find all processes of a container, and hold them where they are
 *
 * By ptrace(2) alone: no signal is sent, and nothing of a cgroup's is touched,
 * so that a container is never left frozen.  What is stopped cannot fork: when a
 * round finds nobody new, all of them are held.
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

/* Find the processes of init's pid namespace, parents first, without touching
 * them.  -1: reported. */
int cr_find_processes(struct cr_seized *s, pid_t init);

/* Find and hold them.  -1: reported, and nobody is held. */
int cr_seize(struct cr_seized *s, pid_t init);

/* Give a process its registers and its mask back, while it is held: from here on
 * our sudden death would not harm it. */
void cr_put_back(struct cr_seized *s, const struct cr_held *p);

/* They have been killed: see them die, which otherwise they cannot. */
void cr_see_die(void);

/* Let them go on exactly where they were. */
void cr_let_go(struct cr_seized *s);
