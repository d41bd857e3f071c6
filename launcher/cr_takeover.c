/* cr_takeover.c - a process that waits becomes one of an image, from outside */
#include "cr_takeover.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/seccomp.h>

#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_memory.h"
#include "cr_proc.h"
#include "cr_remote.h"

enum {
	PAGE = 4096,
	SMAPS_MAX = 1 << 20,
	VDSO_RANGES = 8,
	SET_MM_MAP = 14, /* PR_SET_MM_MAP */
	RSEQ_CS = 8,
	SPAN = 1 << 20, /* room beside what was moved aside */
	CAPS_MAX = 64,
	AMBIENT_RAISE = 2,
};

/* Who is held, and is to be let go at the end. */
static struct taken {
	pid_t tid;
	pid_t stop; /* the process, when it is to be stopped; 0: no */
} taken[CR_THREADS_MAX];
static size_t taken_count;

/* One process on its way. */
struct take {
	const struct cr_takeover *t;
	const struct cr_process *p;
	struct cr_remote r;
	struct cr_vdso vdso; /* where it is now */
	struct {
		uint64_t start, end;
	} ranges[VDSO_RANGES];
	size_t range_count;
	size_t first; /* of taken */
};

static char smaps[SMAPS_MAX];

static int note(pid_t tid)
{
	if (taken_count == CR_THREADS_MAX)
		return failx("cannot restore so many threads");
	taken[taken_count++] = (struct taken){ .tid = tid };
	return 0;
}

static int hold(struct take *t, pid_t pid)
{
	const uintptr_t most = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			       PTRACE_O_SUSPEND_SECCOMP;
	int status;

	if (cr_ptrace(PTRACE_SEIZE, pid, 0, most) < 0 &&
	    (errno != EINVAL ||
	     cr_ptrace(PTRACE_SEIZE, pid, 0,
		       (most & ~(uintptr_t)PTRACE_O_SUSPEND_SECCOMP)) < 0))
		return fail("cannot hold process %d", t->p->pid);
	cr_ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status))
		return failx("cannot restore process %d: it died", t->p->pid);
	t->r.tid = pid;
	return cr_get_registers(pid, &t->r.base) < 0 ||
			       cr_block_signals(pid, NULL) < 0 || note(pid) < 0
		       ? -1
		       : 0;
}

static int find_ranges(struct take *t, pid_t pid)
{
	char *text = smaps;
	struct cr_range r;

	if (cr_proc_read(pid, "smaps", smaps, sizeof(smaps)) < 0)
		return -1;
	while (cr_next_range(&text, &r) && t->range_count < VDSO_RANGES)
		if (starts_with(r.path, "[v") &&
		    strcmp(r.path, "[vsyscall]") != 0) {
			t->ranges[t->range_count].start = r.start;
			t->ranges[t->range_count++].end = r.end;
		}
	if (cr_proc_read(pid, "smaps", smaps, sizeof(smaps)) < 0)
		return -1;
	return cr_find_vdso(pid, smaps, &t->vdso);
}

/* Another kernel's would be called at addresses where it is no more. */
static int check_vdso(const struct take *t, uint64_t *start)
{
	const struct cr_container *c = cr_only(t->t->image, CR_CONTAINER);
	const struct cr_vma *v;
	uint64_t end = 0;

	*start = 0;
	cr_each (v, t->t->image, t->p, CR_VMA, CR_OF_PROCESS)
		if (v->kind == CR_VDSO) {
			if (!*start)
				*start = v->start;
			end = v->end;
		}
	if (t->vdso.sum == c->vdso_sum &&
	    end - *start == t->vdso.end - t->vdso.start)
		return 0;
	return failx(
		"cannot restore it on this kernel: its vdso is not that of %s",
		c->kernel);
}

static bool is_free(const struct take *t, uint64_t start, uint64_t end)
{
	const struct cr_vma *v;
	char *text = smaps;
	struct cr_range r;

	cr_each (v, t->t->image, t->p, CR_VMA, CR_OF_PROCESS)
		if (start < v->end && v->start < end)
			return false;
	if (cr_proc_read(t->r.tid, "smaps", smaps, sizeof(smaps)) < 0)
		return false;
	while (cr_next_range(&text, &r))
		if (start < r.end && r.start < end)
			return false;
	return true;
}

/* Where neither the image nor the process has anything; 0: nowhere. */
static uint64_t find_room(const struct take *t)
{
	for (uint64_t at = 0x10000000; at < CR_TASK_SIZE - SPAN;
	     at += (uint64_t)SPAN * 64)
		if (is_free(t, at, at + SPAN))
			return at;
	return 0;
}

/* All of it together, as it finds its data by where that is. */
static int move_vdso(struct take *t, uint64_t to)
{
	uint64_t from = t->vdso.start;

	for (size_t i = 0; i < t->range_count; i++) {
		uint64_t size = t->ranges[i].end - t->ranges[i].start;
		uint64_t target = t->ranges[i].start - from + to;

		if (target == t->ranges[i].start)
			continue;
		if (cr_call(&t->r, SYS_mremap, t->ranges[i].start, size, size,
			    MREMAP_MAYMOVE | MREMAP_FIXED, target) < 0)
			return fail("cannot move the vdso of process %d",
				    t->p->pid);
		if (t->vdso.code == t->ranges[i].start) {
			t->r.gadget += target - t->ranges[i].start;
			t->vdso.code = target;
		}
		t->ranges[i].start = target;
		t->ranges[i].end = target + size;
	}
	t->vdso.end += to - from;
	t->vdso.start = to;
	return 0;
}

static int change_memory(struct take *t)
{
	const struct cr_takeover *o = t->t;
	uint64_t there, room;

	if (find_ranges(t, t->r.tid) < 0)
		return fail("cannot find the vdso of process %d", t->p->pid);
	t->r.gadget = t->vdso.gadget;
	if (check_vdso(t, &there) < 0)
		return -1;
	room = find_room(t);
	if (!room)
		return failx("cannot restore process %d: its memory is full",
			     t->p->pid);
	if (move_vdso(t, room) < 0)
		return -1;
	if (cr_call(&t->r, SYS_munmap, PAGE, room - PAGE) < 0 ||
	    cr_call(&t->r, SYS_munmap, t->vdso.end,
		    CR_TASK_SIZE - t->vdso.end) < 0 ||
	    cr_scratch_map(&t->r, room + SPAN / 2) < 0)
		return fail("cannot empty the memory of process %d", t->p->pid);
	if (cr_memory_restore(&t->r, o->image, t->p, o->at.files, o->at.pages,
			      o->lazy) < 0)
		return -1;
	return move_vdso(t, there);
}

/* prctl(2)'s struct: eleven addresses, then where auxv is, and the program. */
static int set_mm(struct take *t)
{
	struct {
		uint64_t addresses[11], auxv;
		uint32_t auxv_size, exe;
	} map = { .auxv = t->r.scratch + sizeof(map) };
	const void *auxv = cr_next(t->t->image, t->p, CR_AUXV, CR_OF_PROCESS);

	memcpy(map.addresses, t->p->mm, sizeof(map.addresses));
	map.exe = (uint32_t)(t->t->at.files + t->p->exe);
	if (auxv) {
		map.auxv_size = (uint32_t)cr_length(auxv);
		if (cr_poke(t->r.tid, map.auxv, auxv, map.auxv_size) < 0)
			return fail("cannot write to process %d", t->p->pid);
	}
	if (cr_poke(t->r.tid, t->r.scratch, &map, sizeof(map)) < 0 ||
	    cr_call(&t->r, SYS_prctl, PR_SET_MM, SET_MM_MAP, t->r.scratch,
		    sizeof(map), 0) < 0)
		return fail("cannot make the memory of process %d what it was",
			    t->p->pid);
	return 0;
}

/* They are suspended for as long as we hold it; threads inherit them. */
static int set_filters(struct take *t, const struct cr_thread *leader)
{
	const void *filter;

	cr_each (filter, t->t->image, leader, CR_FILTER, CR_OF_THREAD) {
		struct {
			uint16_t count, pad[3];
			uint64_t filter;
		} program = { (uint16_t)(cr_length(filter) / 8),
			      { 0 },
			      t->r.scratch + sizeof(program) };

		if (cr_poke(t->r.tid, program.filter, filter,
			    cr_length(filter)) < 0 ||
		    cr_poke(t->r.tid, t->r.scratch, &program, sizeof(program)) <
			    0 ||
		    cr_call(&t->r, SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_SPEC_ALLOW, t->r.scratch) < 0)
			return fail(
				"cannot filter the system calls of process %d",
				t->p->pid);
	}
	return 0;
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

static int set_capabilities(struct cr_remote *r, const struct cr_thread *t)
{
	const struct {
		struct __user_cap_header_struct header;
		struct __user_cap_data_struct data[2];
	} caps = {
		{ .version = _LINUX_CAPABILITY_VERSION_3 },
		{ { (uint32_t)t->effective, (uint32_t)t->permitted,
		    (uint32_t)t->inheritable },
		  { (uint32_t)(t->effective >> 32),
		    (uint32_t)(t->permitted >> 32),
		    (uint32_t)(t->inheritable >> 32) } },
	};

	if (cr_poke(r->tid, r->scratch, &caps, sizeof(caps)) < 0 ||
	    cr_call(r, SYS_capset, r->scratch,
		    r->scratch + sizeof(caps.header)) < 0)
		return -1;
	for (unsigned int cap = 0; cap < CAPS_MAX; cap++)
		if (t->ambient >> cap & 1 &&
		    cr_call(r, SYS_prctl, PR_CAP_AMBIENT, AMBIENT_RAISE, cap, 0,
			    0) < 0)
			return -1;
	return 0;
}

/* As root's without a change of the user would lose nothing: groups first, then
 * the user without losing the capabilities, and those last. */
static int set_credentials(struct cr_remote *r, const struct cr_image *image,
			   const struct cr_thread *t)
{
	const void *groups = cr_next(image, t, CR_GROUPS, CR_OF_THREAD);
	size_t size = groups ? cr_length(groups) : 0;
	const uint64_t keep = 1 << 4 | 1 << 2; /* KEEP_CAPS, NO_SETUID_FIXUP */

	if ((size && cr_poke(r->tid, r->scratch, groups, size) < 0) ||
	    cr_call(r, SYS_setgroups, size / 4, r->scratch) < 0)
		return -1;
	if (t->uid[0] | t->uid[1] | t->uid[2] | t->gid[0] | t->gid[1] |
	    t->gid[2] | t->securebits) {
		if (cr_call(r, SYS_prctl, PR_SET_SECUREBITS, keep) < 0 ||
		    cr_call(r, SYS_setresgid, t->gid[0], t->gid[1], t->gid[2]) <
			    0 ||
		    cr_call(r, SYS_setresuid, t->uid[0], t->uid[1], t->uid[2]) <
			    0 ||
		    cr_call(r, SYS_prctl, PR_SET_SECUREBITS, t->securebits) < 0)
			return -1;
	}
	return set_capabilities(r, t);
}

/* In itself, as only there the kernel believes who has sent it. */
static int queue_signals(struct cr_remote *r, const struct cr_image *image,
			 const void *behind, int tgid, int tid)
{
	const struct cr_signal *s;

	cr_each (s, image, behind, CR_SIGNAL, CR_OF_THREAD) {
		int number;

		memcpy(&number, s->info, sizeof(number));
		if (cr_poke(r->tid, r->scratch, s->info, sizeof(s->info)) < 0 ||
		    (tid ? cr_call(r, SYS_rt_tgsigqueueinfo, (uint64_t)tgid,
				   (uint64_t)tid, (uint64_t)number, r->scratch)
			 : cr_call(r, SYS_rt_sigqueueinfo, (uint64_t)tgid,
				   (uint64_t)number, r->scratch)) < 0)
			return -1;
	}
	return 0;
}

/* What a thread has of its own; its powers last. */
static int set_thread(const struct take *t, const struct cr_thread *thread,
		      pid_t tid)
{
	const struct cr_image *image = t->t->image;
	const uint64_t altstack[3] = {
		thread->altstack[0],
		thread->altstack[1] & ~(uint64_t)SS_ONSTACK,
		thread->altstack[2],
	};
	struct cr_remote r = t->r;

	r.tid = tid;
	if (cr_get_registers(tid, &r.base) < 0)
		return -1;
	if (thread->robust && cr_call(&r, SYS_set_robust_list, thread->robust,
				      thread->robust_size) < 0)
		return -1;
	if (cr_call(&r, SYS_set_tid_address, thread->clear_tid) < 0)
		return -1;
	if (thread->rseq &&
	    cr_call(&r, SYS_rseq, thread->rseq, thread->rseq_size, 0,
		    thread->rseq_signature) < 0)
		return -1;
	/* Without the flag that it is the stack just now: ours is another. */
	if (thread->altstack[2] &&
	    (cr_poke(tid, r.scratch, altstack, sizeof(altstack)) < 0 ||
	     cr_call(&r, SYS_sigaltstack, r.scratch, 0) < 0))
		return -1;
	if (cr_poke(tid, r.scratch, thread->name, sizeof(thread->name)) < 0 ||
	    cr_call(&r, SYS_prctl, PR_SET_NAME, r.scratch) < 0 ||
	    queue_signals(&r, image, thread, t->p->pid, thread->tid) < 0)
		return -1;
	return set_credentials(&r, image, thread);
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

/* What a change of the user takes back, and what nobody may see. */
static int finish_process(struct take *t)
{
	if (cr_call(&t->r, SYS_close_range, (uint64_t)t->t->at.first,
		    (uint64_t)t->t->at.last, 0) < 0 ||
	    queue_signals(&t->r, t->t->image, t->p, t->p->pid, 0) < 0 ||
	    set_timers(t) < 0)
		return -1;
	if (t->p->dumpable <= 1)
		cr_call(&t->r, SYS_prctl, PR_SET_DUMPABLE, t->p->dumpable, 0, 0,
			0);
	cr_call(&t->r, SYS_prctl, PR_SET_PDEATHSIG, t->p->pdeathsig, 0, 0, 0);
	return cr_scratch_unmap(&t->r);
}

static int set_registers(const struct cr_image *image,
			 const struct cr_thread *thread, pid_t tid)
{
	const struct cr_regset *s;

	cr_each (s, image, thread, CR_REGSET, CR_OF_THREAD) {
		size_t size = cr_length(s) - sizeof(*s);
		struct cr_registers general;
		const uint64_t v[] = { (uintptr_t)s->bytes, size };

		if (s->note) {
			if (cr_ptrace(PTRACE_SETREGSET, tid, s->note,
				      (uintptr_t)v) < 0)
				return -1;
			continue;
		}
		if (size != sizeof(general))
			return -1;
		memcpy(&general, s->bytes, size);
		cr_machine_restart(&general, false);
		if (cr_set_registers(tid, &general) < 0)
			return -1;
	}
	if (thread->rseq &&
	    cr_poke(tid, thread->rseq + RSEQ_CS, &thread->rseq_cs,
		    sizeof(thread->rseq_cs)) < 0)
		return -1;
	return cr_set_mask(tid, thread->mask);
}

/* All threads: make them, tell each what it is, and at the end its registers. */
static int change_threads(struct take *t)
{
	const struct cr_image *image = t->t->image;
	const struct cr_thread *leader =
		cr_next(image, t->p, CR_THREAD, CR_OF_PROCESS);
	const struct cr_thread *thread;
	size_t i = t->first;

	if (set_filters(t, leader) < 0)
		return -1;
	cr_each (thread, image, leader, CR_THREAD, CR_OF_PROCESS)
		if (make_thread(t, thread) < 0)
			return -1;
	/* The leader's powers are needed up to the end. */
	cr_each (thread, image, leader, CR_THREAD, CR_OF_PROCESS)
		if (set_thread(t, thread, taken[++i].tid) < 0)
			return fail("cannot restore thread %d", thread->tid);
	if (set_thread(t, leader, t->r.tid) < 0 || finish_process(t) < 0)
		return fail("cannot restore process %d", t->p->pid);
	i = t->first;
	cr_each (thread, image, t->p, CR_THREAD, CR_OF_PROCESS)
		if (set_registers(image, thread, taken[i++].tid) < 0)
			return fail("cannot restore the registers of thread %d",
				    thread->tid);
	return 0;
}

int cr_takeover(const struct cr_takeover *how, const struct cr_process *p,
		pid_t pid)
{
	struct take t = { .t = how, .p = p, .first = taken_count };

	if (hold(&t, pid) < 0 || change_memory(&t) < 0 || set_mm(&t) < 0 ||
	    change_threads(&t) < 0)
		return -1;
	if (p->flags & CR_STOPPED)
		taken[t.first].stop = pid;
	return 0;
}

void cr_takeover_release(void)
{
	for (size_t i = 0; i < taken_count; i++) {
		if (taken[i].stop)
			kill(taken[i].stop, SIGSTOP);
		cr_ptrace(PTRACE_DETACH, taken[i].tid, 0, 0);
	}
	taken_count = 0;
}
