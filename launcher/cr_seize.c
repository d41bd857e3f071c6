/* cr_seize.c - hold all processes of a container where they are */
#include "cr_seize.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_threads.h"

enum {
	STOP_MS = 100,    /* a thread has to stop in that time */
	LET_GO_MS = 5000, /* or it is let go when it does: not before */
	TRIES = 40,       /* a vfork(2) on the way: all go on, and once more */
	PAUSE_MS = 25,
	ROUNDS = 200,
	STATUS_MAX = 8192,
	WAIT_MS = 5, /* to be where it was again */
	WHERE_MAX = 64,
	DIE_MS = 30000, /* memory is freed meanwhile */
	LOOK_US = 200,
};

/* Who is held already, from round to round. */
static struct grip {
	pid_t tid;
	bool stands, stopped; /* stopped: as a job */
} grips[CR_THREADS_MAX];
static size_t grip_count;

static const struct grip *find_grip(pid_t tid)
{
	for (size_t i = 0; i < grip_count; i++)
		if (grips[i].tid == tid)
			return grips + i;
	return NULL;
}

static int add_task(struct cr_seized *s, struct cr_held *p, pid_t tid)
{
	const struct grip *grip = find_grip(tid);
	struct cr_task *t = s->tasks + s->task_count;

	if (s->task_count == CR_THREADS_MAX)
		return failx("cannot checkpoint more than %d threads",
			     CR_THREADS_MAX);
	*t = (struct cr_task){ .tid = tid, .held = grip };
	if (grip)
		p->stopped |= grip->stopped;
	s->task_count++;
	p->count++;
	if (tid == p->pid) { /* the leader is first */
		struct cr_task leader = *t;

		*t = s->tasks[p->first];
		s->tasks[p->first] = leader;
	}
	return 0;
}

static int list_tasks(struct cr_seized *s, struct cr_held *p)
{
	const struct dirent *entry;
	char path[32];
	int result = 0;
	DIR *list;

	p->first = s->task_count;
	p->count = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", p->pid);
	list = opendir(path);
	while (list && result == 0 && (entry = readdir(list))) {
		uint64_t tid;

		if (parse_uint(entry->d_name, CR_PID_MAX, &tid) == 0)
			result = add_task(s, p, (pid_t)tid);
	}
	if (list)
		closedir(list);
	if (p->zombie && p->count > 1)
		return failx(
			"cannot checkpoint process %d (%s): its first thread has ended",
			p->inner, cr_proc_name(p->pid));
	return result;
}

bool cr_is_dead(pid_t tid)
{
	uint64_t fields[CR_STAT_FIELDS];
	int saved = errno;
	bool dead = cr_proc_stat(tid, fields) < 0 || fields[3] == 'Z' ||
		    fields[3] == 'X';

	errno = saved;
	return dead;
}

/* 0: it is held, 1: it is gone; -1 with errno. */
static int take(pid_t tid)
{
	const uintptr_t most = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			       PTRACE_O_SUSPEND_SECCOMP;

	if (cr_ptrace(PTRACE_SEIZE, tid, 0, most) < 0 &&
	    /* A kernel that cannot checkpoint filters. */
	    (errno != EINVAL ||
	     cr_ptrace(PTRACE_SEIZE, tid, 0,
		       (most & ~(uintptr_t)PTRACE_O_SUSPEND_SECCOMP)) < 0))
		return errno == ESRCH || (errno == EPERM && cr_is_dead(tid))
			       ? 1
			       : -1;
	cr_ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	return 0;
}

/* 0: it stands, 1: it is gone, -1: it does not stop. */
static int await_stop(struct grip *g, int64_t until_ms)
{
	for (;;) {
		int status;
		pid_t got = waitpid(g->tid, &status, __WALL | WNOHANG);

		if (got < 0 || (got > 0 && !WIFSTOPPED(status)))
			return 1;
		if (got > 0 && status >> 16 == PTRACE_EVENT_STOP) {
			g->stands = true;
			g->stopped = WSTOPSIG(status) != SIGTRAP;
			return 0;
		}
		/* A signal on its way: it gets it first. */
		if (got > 0)
			cr_ptrace(PTRACE_CONT, g->tid, 0, WSTOPSIG(status));
		else if (now_ms() > until_ms)
			return -1;
		else
			usleep(20);
	}
}

/* Who stops later does so because of those that we let go first.  Who does not stop
 * even then stays ours: it cannot be let go before it does. */
static void release(void)
{
	int64_t until = now_ms() + STOP_MS;
	size_t kept = 0;

	for (size_t i = 0; i < grip_count; i++)
		cr_ptrace(PTRACE_DETACH, grips[i].tid, 0, 0);
	for (size_t i = 0; i < grip_count; i++) {
		int result = await_stop(grips + i, until);

		if (result == 0)
			cr_ptrace(PTRACE_DETACH, grips[i].tid, 0, 0);
		else if (result < 0)
			grips[kept++] = (struct grip){ .tid = grips[i].tid };
	}
	grip_count = kept;
}

static int fail_take(const struct cr_task *t)
{
	char text[STATUS_MAX];
	uint64_t tracer = 0;

	if (cr_proc_read(t->tid, "status", text, sizeof(text)) > 0)
		tracer = cr_number(text, "TracerPid", 10);
	if (tracer)
		return failx(
			"cannot checkpoint process %d (%s): process %d traces it",
			t->tid, cr_proc_name(t->tid), (int)tracer);
	return fail("cannot hold process %d (%s)", t->tid,
		    cr_proc_name(t->tid));
}

/* Take all that are not held yet.  The number of them, or -1: reported. */
static int take_new(struct cr_seized *s)
{
	int count = 0;

	for (size_t i = 0; i < s->process_count; i++) {
		struct cr_held *p = s->processes + i;

		for (size_t k = p->first; k < p->first + p->count; k++) {
			int result;

			if (s->tasks[k].held || p->zombie)
				continue;
			result = take(s->tasks[k].tid);
			if (result < 0)
				return fail_take(s->tasks + k);
			if (result == 0)
				grips[grip_count++] =
					(struct grip){ .tid = s->tasks[k].tid };
			count++; /* or one less, which is as new */
		}
	}
	return count;
}

/* 1: somebody new was found; -1: reported; -2: somebody does not stop. */
static int seize_round(struct cr_seized *s, pid_t init, pid_t *stubborn)
{
	int64_t until = now_ms() + STOP_MS;
	int count;

	if (cr_find_processes(s, init) < 0)
		return -1;
	s->task_count = 0;
	for (size_t i = 0; i < s->process_count; i++)
		if (list_tasks(s, s->processes + i) < 0)
			return -1;
	if (grip_count + s->task_count > CR_THREADS_MAX)
		return failx("cannot hold so many threads");
	count = take_new(s);
	for (size_t i = 0; i < grip_count; i++) {
		int result;

		if (grips[i].stands)
			continue;
		result = await_stop(grips + i, until);
		count += result == 0 && count == 0; /* who did not before */
		if (result < 0) {
			*stubborn = grips[i].tid;
			return -2;
		}
		if (result > 0) {
			grips[i] = grips[--grip_count];
			i--;
		}
	}
	return count < 0 ? -1 : count > 0;
}

/* Where it waits, once it does; "" when it does not at all. */
static void read_where(pid_t tid, char where[WHERE_MAX])
{
	int64_t until = now_ms() + WAIT_MS;

	do {
		ssize_t n = cr_proc_read(tid, "wchan", where, WHERE_MAX);

		if (n > 0 && strcmp(where, "0") != 0 &&
		    !strstr(where, "ptrace"))
			return;
		usleep(20);
	} while (now_ms() < until);
	*where = '\0';
}

/* 1: it makes another call by now, with all that this may mean. */
static int learn_call(struct cr_task *t)
{
	struct grip grip = { .tid = t->tid };
	char where[WHERE_MAX];

	read_where(t->tid, where);
	cr_ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	if (await_stop(&grip, now_ms() + STOP_MS) != 0 ||
	    cr_get_registers(t->tid, &t->registers) < 0 ||
	    !cr_machine_is_again(&t->registers))
		return 1;
	cr_machine_name_call(&t->registers, where);
	return 0;
}

/* Who makes a call that only the kernel knows makes it once more; all of them at the
 * same time.  As a stopped job it would not. */
static int learn_calls(struct cr_seized *s, pid_t *stubborn)
{
	int result = 0;

	for (size_t k = 0; k < s->task_count; k++) {
		struct cr_task *t = s->tasks + k;

		t->again = t->held && !find_grip(t->tid)->stopped &&
			   cr_machine_is_again(&t->registers);
		if (t->again)
			cr_ptrace(PTRACE_CONT, t->tid, 0, 0);
	}
	for (size_t k = 0; k < s->task_count; k++)
		if (s->tasks[k].again && learn_call(s->tasks + k) != 0) {
			*stubborn = s->tasks[k].tid;
			result = -2;
		}
	return result;
}

/* Their registers, and no more signals. */
static int secure(struct cr_seized *s, pid_t *stubborn)
{
	int result = 0;

	for (size_t k = 0; k < s->task_count; k++)
		if (s->tasks[k].held &&
		    cr_get_registers(s->tasks[k].tid, &s->tasks[k].registers) <
			    0)
			result = -1;
	if (result == 0)
		result = learn_calls(s, stubborn);
	for (size_t k = 0; k < s->task_count && result == 0; k++)
		if (s->tasks[k].held &&
		    cr_block_signals(s->tasks[k].tid, &s->tasks[k].mask) < 0)
			result = -1;
	return result == -1 ? fail("cannot read the registers of a process")
			    : result;
}

int cr_seize(struct cr_seized *s, pid_t init)
{
	pid_t stubborn = 0;
	int result = 1;

	grip_count = 0;
	for (int i = 0, tries = 0; i < ROUNDS && tries < TRIES; i++) {
		result = seize_round(s, init, &stubborn);
		if (result == 0)
			result = secure(s, &stubborn);
		if (result == 0)
			return 0;
		if (result != -2 && result != -1)
			continue;
		release();
		if (result == -1)
			return -1;
		usleep(PAUSE_MS * 1000);
		tries++;
	}
	release();
	if (result == -2)
		return failx(
			"cannot checkpoint process %d (%s): it does not stop",
			stubborn, cr_proc_name(stubborn));
	return failx("cannot hold the container: its processes come too fast");
}

static void put_back(const struct cr_task *t)
{
	struct cr_registers registers = t->registers;

	cr_machine_restart(&registers, true);
	cr_set_registers(t->tid, &registers);
	if (t->rseq)
		cr_poke(t->tid, t->rseq, &t->rseq_cs, sizeof(t->rseq_cs));
	cr_set_mask(t->tid, t->mask);
}

void cr_put_back(struct cr_seized *s, const struct cr_held *p)
{
	for (size_t k = p->first; !p->zombie && k < p->first + p->count; k++)
		put_back(s->tasks + k);
}

int cr_seize_one(struct cr_task *t)
{
	struct grip grip = { .tid = t->tid };
	struct cr_thread ignored;
	int result = take(t->tid);

	if (result == 0)
		result = await_stop(&grip, now_ms() + STOP_MS);
	if (result == 0 && (cr_get_registers(t->tid, &t->registers) < 0 ||
			    cr_rseq_dump(t, &ignored) < 0 ||
			    cr_block_signals(t->tid, &t->mask) < 0))
		result = 1;
	if (result == 0)
		return 0;
	errno = result > 0 ? ESRCH : EBUSY;
	if (result < 0) {
		cr_ptrace(PTRACE_DETACH, t->tid, 0, 0);
		if (await_stop(&grip, now_ms() + LET_GO_MS) == 0)
			cr_ptrace(PTRACE_DETACH, t->tid, 0, 0);
		errno = EBUSY;
	}
	return -1;
}

void cr_let_one_go(const struct cr_task *t)
{
	put_back(t);
	cr_ptrace(PTRACE_DETACH, t->tid, 0, 0);
}

void cr_let_go(struct cr_seized *s)
{
	for (size_t i = 0; i < s->process_count; i++)
		cr_put_back(s, s->processes + i);
	release();
}

void cr_see_die(void)
{
	const int64_t until = now_ms() + DIE_MS;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, __WALL | WNOHANG)) >= 0 &&
	       now_ms() < until)
		if (pid == 0)
			usleep(LOOK_US);
	grip_count = 0;
}
