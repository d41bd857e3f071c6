/* cr_takeover.c - a process becomes one of an image, from outside */
#include "cr_takeover.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/report.h"
#include "common/syscalls.h"
#include "cr_batch.h"
#include "cr_lazy.h"
#include "cr_locks.h"
#include "cr_remote.h"
#include "cr_revive.h"
#include "cr_sched.h"
#include "cr_steps.h"
#include "cr_timers.h"

/* Who is held, and is to be let go at the end. */
static struct taken {
	pid_t tid;
	pid_t stop; /* the process, when it is to be stopped; 0: no */
	bool ours;  /* a child of ours, whose end is waited for elsewhere */
} taken[CR_THREADS_MAX];
static size_t taken_count;

/* One process on its way. */
struct take {
	const struct cr_takeover *t;
	const struct cr_process *p;
	const struct cr_changed *who;
	struct cr_remote r;
	size_t first; /* of taken */
};

static int note(pid_t tid)
{
	if (taken_count == CR_THREADS_MAX)
		return failx("cannot restore so many threads");
	taken[taken_count++] = (struct taken){ .tid = tid };
	return 0;
}

static int hold(struct take *t)
{
	const pid_t pid = t->who->pid;
	const uintptr_t most = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			       PTRACE_O_SUSPEND_SECCOMP;
	int status;

	if (cr_ptrace(PTRACE_SEIZE, pid, 0, most) < 0 &&
	    /* A kernel that cannot checkpoint filters; or we have one ourselves. */
	    ((errno != EINVAL && errno != EPERM) ||
	     cr_ptrace(PTRACE_SEIZE, pid, 0,
		       (most & ~(uintptr_t)PTRACE_O_SUSPEND_SECCOMP)) < 0))
		return fail("cannot hold process %d", t->p->pid);
	if (cr_ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 ||
	    waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status))
		return failx("cannot restore process %d: it died", t->p->pid);
	t->r.tid = pid;
	/* The first instruction there that calls the kernel does so for us, too. */
	t->r.gadget = t->who->room +
		      (uint64_t)cr_machine_find_call(cr_machine_runner,
						     cr_machine_runner_size);
	t->r.scratch = t->who->room + CR_SCRATCH_AT;
	if (cr_get_registers(pid, &t->r.base) < 0 ||
	    cr_block_signals(pid, NULL) < 0)
		return fail("cannot hold process %d", t->p->pid);
	return note(pid);
}

static int make_thread(struct take *t, const struct cr_thread *thread)
{
	const struct clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			 CLONE_THREAD | CLONE_SYSVSEM,
		.set_tid = t->r.scratch + sizeof(args),
		.set_tid_size = 1,
	};
	int status;

	t->r.event = 0;
	if (cr_poke(t->r.tid, t->r.scratch, &args, sizeof(args)) < 0 ||
	    cr_poke(t->r.tid, args.set_tid, &thread->tid, sizeof(thread->tid)) <
		    0 ||
	    cr_call(&t->r, SYS_clone3, t->r.scratch, sizeof(args)) < 0 ||
	    !t->r.event)
		return fail("cannot make thread %d", thread->tid);
	if (waitpid((pid_t)t->r.event, &status, __WALL) < 0 ||
	    !WIFSTOPPED(status))
		return failx("cannot make thread %d: it died", thread->tid);
	cr_block_signals((pid_t)t->r.event, NULL);
	return note((pid_t)t->r.event);
}

static int set_timers(struct take *t)
{
	for (size_t i = 0; i < 3; i++) {
		const int64_t *timer = t->p->itimers[i];

		if (!(timer[2] | timer[3]))
			continue;
		if (cr_poke(t->r.tid, t->r.scratch, timer,
			    sizeof(t->p->itimers[i])) < 0 ||
		    cr_call(&t->r, SYS_setitimer, i, t->r.scratch, 0) < 0)
			return -1;
	}
	return 0;
}

/* All that a thread can do by itself; of a process also what a change of the user
 * takes back, and what nobody may see. */
static int change_thread(struct take *t, const struct cr_thread *thread,
			 pid_t tid)
{
	struct cr_remote r = t->r;
	struct cr_batch b;

	r.tid = tid;
	if (cr_get_registers(tid, &r.base) < 0)
		return -1;
	cr_batch_begin(&b, &r);
	cr_set_thread(&b, t->t->image, thread);
	if (tid == t->r.tid) {
		cr_batch_must(&b, SYS_close_range, (uint64_t)t->t->at.first,
			      (uint64_t)t->t->at.last, 0);
		if (t->p->dumpable <= 1)
			cr_batch_may(&b, SYS_prctl, PR_SET_DUMPABLE,
				     t->p->dumpable, 0, 0, 0);
		cr_batch_may(&b, SYS_prctl, PR_SET_PDEATHSIG, t->p->pdeathsig,
			     0, 0, 0);
	}
	return cr_batch_run(&b, thread->tid);
}

static int finish_process(struct take *t)
{
	if (cr_queue_signals(&t->r, t->t->image, t->p, t->p->pid, 0) < 0 ||
	    cr_timers_restore(&t->r, t->t->image, t->p) < 0 ||
	    set_timers(t) < 0)
		return fail("cannot restore process %d", t->p->pid);
	if (cr_locks_restore(&t->r, t->t->image, t->p) < 0)
		return -1;
	/* And with it the very instruction. */
	return cr_call(&t->r, SYS_munmap, t->who->room, t->who->span) < 0
		       ? fail("cannot restore process %d", t->p->pid)
		       : 0;
}

static int queue_signals(const struct take *t, const struct cr_thread *thread,
			 pid_t tid)
{
	struct cr_remote r = t->r;

	r.tid = tid;
	return cr_get_registers(tid, &r.base) < 0 ||
			       cr_queue_signals(&r, t->t->image, thread,
						t->p->pid, thread->tid) < 0
		       ? -1
		       : 0;
}

/* All threads: make them, tell each what it is, and at the end its registers. */
static int change_threads(struct take *t)
{
	const struct cr_image *image = t->t->image;
	const struct cr_thread *leader =
		cr_next(image, t->p, CR_THREAD, CR_OF_PROCESS);
	const struct cr_thread *thread;
	size_t i = t->first;

	cr_each (thread, image, leader, CR_THREAD, CR_OF_PROCESS)
		if (make_thread(t, thread) < 0)
			return -1;
	cr_each (thread, image, t->p, CR_THREAD, CR_OF_PROCESS)
		if (t->t->touch)
			cr_lazy_touch(t->who->pid, thread);
	/* The leader's powers are needed up to the end. */
	cr_each (thread, image, leader, CR_THREAD, CR_OF_PROCESS)
		if (change_thread(t, thread, taken[++i].tid) < 0)
			return fail("cannot restore thread %d", thread->tid);
	/* Last, as where they are not suspended they are for our calls, too. */
	if (cr_set_filters(&t->r, image, leader) < 0)
		return -1;
	if (change_thread(t, leader, t->r.tid) < 0)
		return fail("cannot restore process %d", t->p->pid);
	i = t->first;
	cr_each (thread, image, t->p, CR_THREAD, CR_OF_PROCESS)
		if (queue_signals(t, thread, taken[i++].tid) < 0)
			return fail("cannot signal thread %d", thread->tid);
	if (finish_process(t) < 0)
		return -1;
	i = t->first;
	cr_each (thread, image, t->p, CR_THREAD, CR_OF_PROCESS) {
		cr_sched_restore(image, thread, taken[i].tid);
		if (cr_revive(image, thread, taken[i++].tid) < 0)
			return fail("cannot restore the registers of thread %d",
				    thread->tid);
	}
	return 0;
}

int cr_takeover(const struct cr_takeover *how, const struct cr_process *p,
		const struct cr_changed *who)
{
	struct take t = { .t = how, .p = p, .who = who, .first = taken_count };

	if (hold(&t) < 0 || change_threads(&t) < 0)
		return -1;
	taken[t.first].ours = p->ppid == 0;
	if (p->flags & CR_STOPPED)
		taken[t.first].stop = who->pid;
	return 0;
}

/* Some die only behind others. */
void cr_takeover_see_die(void)
{
	size_t left = 0;

	for (size_t i = 0; i < taken_count; i++)
		if (waitpid(taken[i].tid, NULL, __WALL | WNOHANG) == 0)
			taken[left++] = taken[i];
	taken_count = left;
}

/* Who goes on may end its process at once, while we still hold other threads of it: these
 * have to be seen dying by us, or it never ends. */
void cr_takeover_release(void)
{
	size_t dead = 0;

	for (size_t i = 0; i < taken_count; i++) {
		if (taken[i].stop)
			kill(taken[i].stop, SIGSTOP);
		if (cr_ptrace(PTRACE_DETACH, taken[i].tid, 0, 0) < 0 &&
		    !taken[i].ours)
			taken[dead++] = taken[i];
	}
	taken_count = dead;
	cr_takeover_see_die();
}
