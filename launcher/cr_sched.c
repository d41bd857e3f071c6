/* cr_sched.c - when and where a thread runs: policy, priority, processors */
#include "cr_sched.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/io.h"
#include "common/report.h"
#include "cr_proc.h"

enum { WHO_PROCESS = 1 /* IOPRIO_WHO_PROCESS: a thread */ };

/* As sched_setattr(2) has it since Linux 3.14. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static uint64_t usual_cpus[CR_CPU_WORDS], usual_slack;
static uint32_t usual_io;

/* None, where there are more of them than we have room for. */
static void read_cpus(pid_t tid, uint64_t cpus[CR_CPU_WORDS])
{
	memset(cpus, 0, CR_CPU_WORDS * sizeof(*cpus));
	syscall(SYS_sched_getaffinity, tid, CR_CPU_WORDS * sizeof(*cpus), cpus);
}

static uint32_t read_io(pid_t tid)
{
	return (uint32_t)syscall(SYS_ioprio_get, WHO_PROCESS, tid);
}

static uint64_t read_slack(pid_t tid)
{
	char text[32];
	const char *at = text;
	uint64_t n = 0;

	if (cr_proc_read(tid, "timerslack_ns", text, sizeof(text)) > 0)
		cr_scan(&at, 10, &n);
	return n;
}

void cr_sched_begin(pid_t usual)
{
	read_cpus(usual, usual_cpus);
	usual_io = read_io(usual);
	usual_slack = read_slack(usual);
}

void cr_sched_dump(struct cr_image *image, pid_t tid, int nice)
{
	struct attr a = { .size = sizeof(a) };
	struct cr_sched found = { .io = read_io(tid),
				  .slack = read_slack(tid) };
	bool same;

	if (syscall(SYS_sched_getattr, tid, &a, sizeof(a), 0) < 0)
		return;
	read_cpus(tid, found.cpus);
	same = memcmp(found.cpus, usual_cpus, sizeof(usual_cpus)) == 0;
	if (same)
		memset(found.cpus, 0, sizeof(found.cpus));
	if (found.slack == usual_slack)
		found.slack = 0;
	found.policy = a.policy;
	found.flags = (uint32_t)a.flags;
	found.nice = a.nice;
	found.priority = a.priority;
	/* Of the others it is the kernel's own slice. */
	if (a.policy == SCHED_DEADLINE) {
		found.runtime = a.runtime;
		found.deadline = a.deadline;
		found.period = a.period;
	}
	if (same && !found.slack && found.io == usual_io &&
	    !(a.policy | a.flags) && a.nice == nice)
		return;
	memcpy(cr_add(image, CR_SCHED, sizeof(found)), &found, sizeof(found));
}

static bool has_cpus(const struct cr_sched *s)
{
	uint64_t any = 0;

	for (size_t i = 0; i < CR_CPU_WORDS; i++)
		any |= s->cpus[i];
	return any;
}

void cr_sched_restore(const struct cr_image *image,
		      const struct cr_thread *thread, pid_t tid)
{
	const struct cr_sched *s =
		cr_next(image, thread, CR_SCHED, CR_OF_THREAD);
	uint64_t now[CR_CPU_WORDS];
	char path[48];
	struct attr a = { .size = sizeof(a) };

	if (!s)
		return;
	a.policy = s->policy;
	a.flags = s->flags;
	a.nice = s->nice;
	a.priority = s->priority;
	a.runtime = s->runtime;
	a.deadline = s->deadline;
	a.period = s->period;
	read_cpus(tid, now);
	/* Only where it is not so already: who is told stays there. */
	if (has_cpus(s) && memcmp(now, s->cpus, sizeof(now)) != 0 &&
	    syscall(SYS_sched_setaffinity, tid, sizeof(s->cpus), s->cpus) < 0)
		warn("cannot restore the processors of thread %d", thread->tid);
	if (syscall(SYS_sched_setattr, tid, &a, 0) < 0)
		warn("cannot restore the scheduling of thread %d", thread->tid);
	if (s->io != read_io(tid) &&
	    syscall(SYS_ioprio_set, WHO_PROCESS, tid, s->io) < 0)
		warn("cannot restore the I/O priority of thread %d",
		     thread->tid);
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", tid);
	if (s->slack && write_file_at(AT_FDCWD, path, "%llu",
				      (unsigned long long)s->slack) < 0)
		warn("cannot restore the timer slack of thread %d",
		     thread->tid);
}
