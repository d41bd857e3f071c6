/* cr_tree.c - the processes of an image, forked with the pids they had */
#include "cr_tree.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "cr_tty.h"

enum { FUTEX_WAKE = 1 };

static struct plan {
	enum order { LATE, EARLY, INDIRECT, ORPHANED } how;
	size_t by;
} plans[CR_PROCESSES_MAX];

/* In memory that all of them share. */
static struct meeting {
	volatile int arrived, round;
	volatile int next_helper; /* a pid that nobody has had */
} * meeting;

static size_t find(const struct cr_image *image, int32_t pid)
{
	for (size_t i = 0; i < image->process_count; i++)
		if (image->processes[i]->pid == pid)
			return i;
	return SIZE_MAX;
}

/* The session that a process was in before it made its own. */
static int32_t born_in(const struct cr_image *image, const struct cr_process *p)
{
	return p->pid == 1 ? 0 : image->processes[find(image, p->ppid)]->sid;
}

static void make_plan(const struct cr_image *image, size_t i)
{
	const struct cr_process *c = image->processes[i];
	size_t parent = find(image, c->ppid), leader = find(image, c->sid);
	const struct cr_process *p = image->processes[parent];

	plans[i] = (struct plan){ LATE, parent };
	if (c->sid == c->pid || c->sid == p->sid)
		return;
	if (p->sid == p->pid && c->sid == born_in(image, p))
		plans[i].how = EARLY;
	else if (leader != SIZE_MAX)
		plans[i] = (struct plan){ INDIRECT, leader };
	else
		plans[i].how = ORPHANED;
}

static void raise_to(int pid)
{
	if (pid >= meeting->next_helper)
		meeting->next_helper = pid + 1;
}

static void make_plans(const struct cr_image *image)
{
	const struct cr_thread *t;

	meeting = mmap(NULL, sizeof(*meeting), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (meeting == MAP_FAILED)
		die("cannot get shared memory");
	raise_to(1);
	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];

		if (i > 0)
			make_plan(image, i);
		raise_to(p->pid);
		raise_to(p->pgid);
		raise_to(p->sid);
	}
	cr_each (t, image, NULL, CR_THREAD, 0)
		raise_to(t->tid);
}

/* A fork with a certain pid. */
static pid_t fork_as(int pid)
{
	pid_t wanted = pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	long result = syscall(SYS_clone3, &args, sizeof(args));

	if (result < 0)
		die("cannot make a process with pid %d", pid);
	return (pid_t)result;
}

static pid_t fork_helper(void)
{
	return fork_as(__sync_fetch_and_add(&meeting->next_helper, 1));
}

static void await_helper(pid_t helper)
{
	int status;

	if (waitpid(helper, &status, 0) < 0 || status != 0)
		diex("cannot make a session: the helper died");
}

/* Fork those of a kind: true in one of them, who *self is then. */
static bool fork_all(const struct cr_image *image, size_t *self, enum order how)
{
	for (size_t i = 1; i < image->process_count; i++) {
		if (plans[i].by != *self || plans[i].how != how)
			continue;
		if (fork_as(image->processes[i]->pid) == 0) {
			*self = i;
			return true;
		}
	}
	return false;
}

/* Through a helper, which ends so that they are init's. */
static bool fork_indirect(const struct cr_image *image, size_t *self)
{
	size_t i = 1;
	pid_t helper;

	while (i < image->process_count &&
	       (plans[i].by != *self || plans[i].how != INDIRECT))
		i++;
	if (i == image->process_count)
		return false;
	helper = fork_helper();
	if (helper == 0) {
		if (fork_all(image, self, INDIRECT))
			return true;
		_exit(0);
	}
	await_helper(helper);
	return false;
}

/* Is it the first of a session without a leader? */
static bool opens_session(const struct cr_image *image, size_t i)
{
	for (size_t k = 1; k < i; k++)
		if (plans[k].how == ORPHANED && plans[k].by == plans[i].by &&
		    image->processes[k]->sid == image->processes[i]->sid)
			return false;
	return true;
}

static bool fork_session(const struct cr_image *image, size_t *self,
			 size_t first)
{
	int32_t sid = image->processes[first]->sid;
	pid_t helper = fork_as(sid);

	if (helper > 0) {
		await_helper(helper);
		return false;
	}
	if (setsid() < 0)
		die("cannot make the session %d", sid);
	for (size_t i = first; i < image->process_count; i++) {
		if (plans[i].how != ORPHANED || plans[i].by != *self ||
		    image->processes[i]->sid != sid)
			continue;
		if (fork_as(image->processes[i]->pid) == 0) {
			*self = i;
			return true;
		}
	}
	_exit(0);
}

static bool fork_orphaned(const struct cr_image *image, size_t *self)
{
	for (size_t i = 1; i < image->process_count; i++)
		if (plans[i].how == ORPHANED && plans[i].by == *self &&
		    opens_session(image, i) && fork_session(image, self, i))
			return true;
	return false;
}

/* All that this one has to fork: true in one that was. */
static bool fork_children(const struct cr_image *image, size_t *self)
{
	const struct cr_process *p = image->processes[*self];

	if (p->flags & CR_SUBREAPER &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("cannot become a subreaper");
	if (fork_all(image, self, EARLY))
		return true;
	if (p->sid == p->pid && setsid() < 0 && getsid(0) != p->pid)
		die("cannot make the session %d", p->sid);
	if (p->tty)
		cr_tty_take(p); /* members have it from their birth */
	return fork_all(image, self, LATE) || fork_indirect(image, self) ||
	       fork_orphaned(image, self);
}

size_t cr_tree_grow(const struct cr_image *image)
{
	size_t self = 0;

	make_plans(image);
	while (fork_children(image, &self))
		;
	return self;
}

/* Until all processes have come here. */
static void meet(const struct cr_image *image)
{
	int round = meeting->round;

	if (__sync_add_and_fetch(&meeting->arrived, 1) ==
	    (int)image->process_count) {
		meeting->arrived = 0;
		meeting->round = round + 1;
		syscall(SYS_futex, &meeting->round, FUTEX_WAKE, INT_MAX, NULL,
			NULL, 0);
		return;
	}
	while (meeting->round == round)
		sys_futex_wait(&meeting->round, round);
}

/* A group whose leader is no more is made by a helper with its pid. */
static void open_group(const struct cr_process *p)
{
	pid_t helper = fork_as(p->pgid);

	if (helper == 0)
		for (;;)
			pause();
	if (setpgid(helper, helper) < 0 || setpgid(0, helper) < 0)
		die("cannot make the process group %d", p->pgid);
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
}

/* Who makes the group: its leader, or else the first of its members. */
static bool opens_group(const struct cr_image *image, size_t self)
{
	int32_t pgid = image->processes[self]->pgid;

	if (find(image, pgid) != SIZE_MAX)
		return image->processes[self]->pid == pgid;
	for (size_t i = 0; i < self; i++)
		if (image->processes[i]->pgid == pgid)
			return false;
	return true;
}

static bool has_no_leader(const struct cr_image *image,
			  const struct cr_process *p)
{
	return find(image, p->pgid) == SIZE_MAX;
}

static bool has_tty(const struct cr_image *image, const struct cr_process *p)
{
	(void)image;
	return p->tty;
}

/* Meet once more if that is so of anybody: each round costs as many switches. */
static void meet_if_any(const struct cr_image *image,
			bool (*is_so)(const struct cr_image *,
				      const struct cr_process *))
{
	for (size_t i = 0; i < image->process_count; i++)
		if (is_so(image, image->processes[i])) {
			meet(image);
			return;
		}
}

void cr_tree_join_groups(const struct cr_image *image, size_t self)
{
	const struct cr_process *p = image->processes[self];
	bool opens = opens_group(image, self);

	/* A leader of a session is one of a group, too. */
	if (opens && p->pid == p->pgid && p->sid != p->pid && setpgid(0, 0) < 0)
		die("cannot make the process group %d", p->pgid);
	meet(image);
	/* Of a session's first group nobody has to be told. */
	if (opens && p->pid != p->pgid && getpgrp() != p->pgid)
		open_group(p);
	meet_if_any(image, has_no_leader);
	if (!opens && getpgrp() != p->pgid && setpgid(0, p->pgid) < 0)
		die("cannot join the process group %d", p->pgid);
	meet_if_any(image, has_tty);
	if (p->tty)
		cr_tty_give(p);
}

void cr_tree_end_again(const struct cr_process *p)
{
	const struct rlimit none = { 0, 0 };
	int number = (int)(p->exit_code & 0x7f);
	uint64_t mask = 0;

	if (number) {
		setrlimit(RLIMIT_CORE, &none);
		signal_set(number, SIG_DFL);
		signals_set_mask(&mask);
		kill(getpid(), number);
	}
	_exit((int)(p->exit_code >> 8));
}

void cr_tree_await_ended(const struct cr_image *image, size_t self)
{
	for (size_t i = 1; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];
		siginfo_t info;

		if (p->flags & CR_ZOMBIE &&
		    p->ppid == image->processes[self]->pid &&
		    waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT) < 0)
			die("cannot wait for process %d", p->pid);
	}
}
