/* cr_threads.c - what a thread is, into an image */
#include "cr_threads.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/count.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_sched.h"
#include "cr_seize.h"

enum {
	STATUS_MAX = 8192,
	PEEK_MAX = 32, /* signals at a time */
	SECCOMP_FILTERED = 2,
	GET_FILTER = 0x420c, /* PTRACE_SECCOMP_GET_FILTER */
	GET_RSEQ = 0x420f,   /* PTRACE_GET_RSEQ_CONFIGURATION */
	RSEQ_CS = 8,         /* where in struct rseq */
};

static char status[STATUS_MAX];

int cr_signals_dump(struct cr_image *image, pid_t tid, bool shared)
{
	static struct cr_signal found[PEEK_MAX];
	struct {
		uint64_t offset;
		uint32_t flags;
		int32_t count;
	} args = { 0, shared, PEEK_MAX };
	long n;

	do {
		n = cr_ptrace(PTRACE_PEEKSIGINFO, tid, (uintptr_t)&args,
			      (uintptr_t)found);
		for (long i = 0; i < n; i++)
			memcpy(cr_add(image, CR_SIGNAL, sizeof(*found)),
			       found + i, sizeof(*found));
		args.offset += n > 0 ? (uint64_t)n : 0;
	} while (n == PEEK_MAX);
	return n < 0 ? -1 : 0;
}

static void read_words(const char *key, uint32_t words[4])
{
	const char *at = cr_field(status, key);
	uint64_t n;

	for (size_t i = 0; at && i < 4 && cr_scan(&at, 10, &n); i++)
		words[i] = (uint32_t)n;
}

static void read_credentials(struct cr_thread *t)
{
	read_words("Uid", t->uid);
	read_words("Gid", t->gid);
	t->inheritable = cr_number(status, "CapInh", 16);
	t->permitted = cr_number(status, "CapPrm", 16);
	t->effective = cr_number(status, "CapEff", 16);
	t->bounding = cr_number(status, "CapBnd", 16);
	t->ambient = cr_number(status, "CapAmb", 16);
	t->no_new_privs = (uint32_t)cr_number(status, "NoNewPrivs", 10);
	t->seccomp = (uint32_t)cr_number(status, "Seccomp", 10);
}

static void dump_groups(struct cr_image *image)
{
	uint32_t groups[1024] = { 0 }, count = 0;
	const char *at = cr_field(status, "Groups");
	uint64_t n;

	while (at && count < COUNT(groups) && cr_scan(&at, 10, &n))
		groups[count++] = (uint32_t)n;
	memcpy(cr_add(image, CR_GROUPS, count * sizeof(*groups)), groups,
	       count * sizeof(*groups));
}

/* The kernel counts from the youngest. */
static int dump_filters(struct cr_image *image, const struct cr_task *t)
{
	long count = 0;

	while (cr_ptrace(GET_FILTER, t->tid, count, 0) > 0)
		count++;
	if (count == 0)
		return -1;
	while (count-- > 0) {
		long n = cr_ptrace(GET_FILTER, t->tid, count, 0);
		void *body = cr_add(image, CR_FILTER, (size_t)n * 8);

		if (n <= 0 ||
		    cr_ptrace(GET_FILTER, t->tid, count, (uintptr_t)body) < 0)
			return -1;
	}
	return 0;
}

/* Its address goes into the task too: when it comes back from a call that it has
 * made for us the kernel forgets where it was. */
int cr_rseq_dump(struct cr_task *task, struct cr_thread *t)
{
	struct {
		uint64_t address;
		uint32_t size, signature, flags, pad;
	} rseq;

	if (cr_ptrace(GET_RSEQ, task->tid, sizeof(rseq), (uintptr_t)&rseq) <
		    0 ||
	    !rseq.address)
		return 0; /* before Linux 5.13, or without */
	t->rseq = rseq.address;
	t->rseq_size = rseq.size;
	t->rseq_signature = rseq.signature;
	if (cr_peek(task->tid, rseq.address + RSEQ_CS, &t->rseq_cs,
		    sizeof(t->rseq_cs)) < 0)
		return -1;
	task->rseq = rseq.address + RSEQ_CS;
	task->rseq_cs = t->rseq_cs;
	return 0;
}

static int dump_registers(struct cr_image *image, const struct cr_task *t)
{
	static uint8_t bytes[CR_REGSET_MAX];
	struct cr_regset *r;

	r = cr_add(image, CR_REGSET, sizeof(*r) + sizeof(t->registers));
	r->note = 0;
	memcpy(r->bytes, &t->registers, sizeof(t->registers));
	for (const unsigned int *note = cr_machine_notes(); *note; note++) {
		struct iovec v = { bytes, sizeof(bytes) };

		if (cr_ptrace(PTRACE_GETREGSET, t->tid, *note, (uintptr_t)&v) <
		    0)
			return -1;
		r = cr_add(image, CR_REGSET, sizeof(*r) + v.iov_len);
		r->note = *note;
		memcpy(r->bytes, bytes, v.iov_len);
	}
	return 0;
}

/* What the thread itself is asked for: where its own things are. */
static int ask_thread(const struct cr_remote *main, const struct cr_task *task,
		      struct cr_thread *t)
{
	struct cr_remote r = *main;

	r.tid = task->tid;
	r.base = task->registers;
	if (cr_call(&r, SYS_sigaltstack, 0, r.scratch) < 0 ||
	    cr_call(&r, SYS_prctl, PR_GET_TID_ADDRESS, r.scratch + 24) < 0)
		return -1;
	t->securebits = (uint32_t)cr_call(&r, SYS_prctl, PR_GET_SECUREBITS);
	return cr_peek(r.tid, r.scratch, t->altstack, sizeof(t->altstack)) <
				       0 ||
			       cr_peek(r.tid, r.scratch + 24, &t->clear_tid,
				       sizeof(t->clear_tid)) < 0
		       ? -1
		       : 0;
}

static int dump_thread(struct cr_image *image, const struct cr_remote *r,
		       struct cr_task *task, int nice)
{
	struct cr_thread *t = cr_add(image, CR_THREAD, sizeof(*t));
	char name[sizeof(t->name) + 1]; /* there is a newline behind it */
	unsigned int depth;

	if (cr_proc_read(task->tid, "status", status, sizeof(status)) < 0 ||
	    cr_proc_read(task->tid, "comm", name, sizeof(name)) < 0)
		return -1;
	t->tid = task->inner = cr_inner(status, "NSpid", &depth);
	snprintf(t->name, sizeof(t->name), "%.15s", name);
	t->mask = task->mask;
	read_credentials(t);
	syscall(SYS_get_robust_list, task->tid, &t->robust, &t->robust_size);
	/* Before it comes back from anything. */
	if (cr_rseq_dump(task, t) < 0 || ask_thread(r, task, t) < 0 ||
	    dump_registers(image, task) < 0)
		return -1;
	dump_groups(image);
	if (t->seccomp == SECCOMP_FILTERED && dump_filters(image, task) < 0)
		return -1;
	cr_sched_dump(image, task->tid, nice);
	return cr_signals_dump(image, task->tid, false);
}

int cr_threads_dump(struct cr_image *image, struct cr_seized *s,
		    const struct cr_held *p, const struct cr_remote *r,
		    int nice)
{
	for (size_t i = 0; i < p->count; i++)
		if (dump_thread(image, r, s->tasks + p->first + i, nice) < 0)
			return -1;
	return 0;
}
