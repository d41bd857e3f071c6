/* cr_revive.c - a thread that is held becomes one of an image, from outside */
#include "cr_revive.h"

#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include "common/report.h"
#include "cr_remote.h"

enum { RSEQ_CS = 8, CAPS_MAX = 64, AMBIENT_RAISE = 2 };

int cr_set_filters(struct cr_remote *r, const struct cr_image *image,
		   const struct cr_thread *leader)
{
	const void *filter;

	cr_each (filter, image, leader, CR_FILTER, CR_OF_THREAD) {
		struct {
			uint16_t count, pad[3];
			uint64_t filter;
		} program = { (uint16_t)(cr_length(filter) / 8),
			      { 0 },
			      r->scratch + sizeof(program) };

		if (cr_poke(r->tid, program.filter, filter, cr_length(filter)) <
			    0 ||
		    cr_poke(r->tid, r->scratch, &program, sizeof(program)) <
			    0 ||
		    cr_call(r, SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_SPEC_ALLOW, r->scratch) < 0)
			return fail(
				"cannot filter the system calls of process %d",
				leader->tid);
	}
	return 0;
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
int cr_queue_signals(struct cr_remote *r, const struct cr_image *image,
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

int cr_set_thread(const struct cr_remote *main, const struct cr_image *image,
		  int pid, const struct cr_thread *thread, pid_t tid)
{
	const uint64_t altstack[3] = {
		thread->altstack[0],
		thread->altstack[1] & ~(uint64_t)SS_ONSTACK,
		thread->altstack[2],
	};
	struct cr_remote r = *main;

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
	    cr_queue_signals(&r, image, thread, pid, thread->tid) < 0)
		return -1;
	return set_credentials(&r, image, thread);
}

int cr_revive(const struct cr_image *image, const struct cr_thread *thread,
	      pid_t tid)
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
