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
#include "cr_batch.h"
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
			    SECCOMP_FILTER_FLAG_SPEC_ALLOW |
				    SECCOMP_FILTER_FLAG_TSYNC,
			    r->scratch) != 0)
			return fail(
				"cannot filter the system calls of process %d",
				leader->tid);
	}
	return 0;
}

static void set_capabilities(struct cr_batch *b, const struct cr_thread *t)
{
	const struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct data[2] = {
		{ (uint32_t)t->effective, (uint32_t)t->permitted,
		  (uint32_t)t->inheritable },
		{ (uint32_t)(t->effective >> 32),
		  (uint32_t)(t->permitted >> 32),
		  (uint32_t)(t->inheritable >> 32) },
	};

	cr_batch_must(b, SYS_capset, cr_batch_data(b, &header, sizeof(header)),
		      cr_batch_data(b, data, sizeof(data)));
	for (unsigned int cap = 0; cap < CAPS_MAX; cap++)
		if (t->ambient >> cap & 1)
			cr_batch_must(b, SYS_prctl, PR_CAP_AMBIENT,
				      AMBIENT_RAISE, cap, 0, 0);
}

/* As root's without a change of the user would lose nothing: groups first, then
 * the user without losing the capabilities, and those last. */
static void set_credentials(struct cr_batch *b, const struct cr_image *image,
			    const struct cr_thread *t)
{
	const void *groups = cr_next(image, t, CR_GROUPS, CR_OF_THREAD);
	size_t size = groups ? cr_length(groups) : 0;
	const uint64_t keep = 1 << 4 | 1 << 2; /* KEEP_CAPS, NO_SETUID_FIXUP */

	cr_batch_must(b, SYS_setgroups, size / 4,
		      size ? cr_batch_data(b, groups, size) : 0);
	if (t->uid[0] | t->uid[1] | t->uid[2] | t->gid[0] | t->gid[1] |
	    t->gid[2] | t->securebits) {
		cr_batch_must(b, SYS_prctl, PR_SET_SECUREBITS, keep);
		cr_batch_must(b, SYS_setresgid, t->gid[0], t->gid[1],
			      t->gid[2]);
		cr_batch_must(b, SYS_setresuid, t->uid[0], t->uid[1],
			      t->uid[2]);
		cr_batch_must(b, SYS_prctl, PR_SET_SECUREBITS, t->securebits);
	}
	set_capabilities(b, t);
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

void cr_set_thread(struct cr_batch *b, const struct cr_image *image,
		   const struct cr_thread *thread)
{
	const uint64_t altstack[3] = {
		thread->altstack[0],
		thread->altstack[1] & ~(uint64_t)SS_ONSTACK,
		thread->altstack[2],
	};

	if (thread->robust)
		cr_batch_must(b, SYS_set_robust_list, thread->robust,
			      thread->robust_size);
	cr_batch_must(b, SYS_set_tid_address, thread->clear_tid);
	if (thread->rseq)
		cr_batch_must(b, SYS_rseq, thread->rseq, thread->rseq_size, 0,
			      thread->rseq_signature);
	/* Without the flag that it is the stack just now: ours is another. */
	if (thread->altstack[2])
		cr_batch_must(b, SYS_sigaltstack,
			      cr_batch_data(b, altstack, sizeof(altstack)), 0);
	cr_batch_must(b, SYS_prctl, PR_SET_NAME,
		      cr_batch_data(b, thread->name, sizeof(thread->name)));
	set_credentials(b, image, thread);
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
