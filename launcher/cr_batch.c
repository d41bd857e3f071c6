/* cr_batch.c - several system calls of a thread that is held, at once */
#include "cr_batch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cr_remote.h"

/* In the scratch: data, and at its end the steps, and what the runner says. */
enum { RESULT_BYTES = 2 * sizeof(int64_t) };
enum {
	RESULT_AT = CR_SCRATCH_BYTES - RESULT_BYTES,
	STEPS_AT = RESULT_AT - CR_BATCH_MAX * sizeof(struct cr_step),
};

void cr_batch_begin(struct cr_batch *b, const struct cr_remote *r)
{
	b->r = r;
	b->count = b->used = 0;
	b->full = false;
}

uint64_t cr_batch_data(struct cr_batch *b, const void *bytes, size_t size)
{
	uint64_t at = b->r->scratch + b->used;

	if (size > STEPS_AT - b->used ||
	    cr_poke(b->r->tid, at, bytes, size) < 0) {
		b->full = true;
		return 0;
	}
	b->used += (size + 7) & ~(size_t)7;
	return at;
}

void cr_batch_add(struct cr_batch *b, int64_t least, long number,
		  const uint64_t args[6])
{
	struct cr_step *s = b->steps + b->count;

	if (b->count == CR_BATCH_MAX) {
		b->full = true;
		return;
	}
	s->number = number;
	s->least = least;
	memcpy(s->args, args, sizeof(s->args));
	b->count++;
}

/* Up to the signal at its end, which no mask keeps off and which is taken from it. */
static int await_end(pid_t tid)
{
	int status;

	do
		if (cr_ptrace(PTRACE_CONT, tid, 0, 0) < 0 ||
		    waitpid(tid, &status, __WALL) < 0 || !WIFSTOPPED(status)) {
			errno = ESRCH;
			return -1;
		}
	while (status >> 8 != SIGSTOP);
	return 0;
}

int cr_batch_run(struct cr_batch *b, pid_t tid)
{
	const uint64_t scratch = b->r->scratch, first = scratch + STEPS_AT;
	const uint64_t result = scratch + RESULT_AT;
	struct cr_registers regs = b->r->base;
	int64_t said[2] = { 0 };

	cr_batch_may(b, SYS_tkill, (uint64_t)tid, SIGSTOP);
	/* Where that is refused: behind it is what it has done already. */
	cr_batch_may(b, SYS_exit_group, 1);
	if (b->full) {
		errno = E2BIG;
		return -1;
	}
	cr_machine_call(&regs, scratch - CR_SCRATCH_AT, 0,
			(const uint64_t[6]){ first,
					     first + (b->count - 2) *
							     sizeof(*b->steps),
					     result });
	if (cr_poke(b->r->tid, first, b->steps, b->count * sizeof(*b->steps)) <
		    0 ||
	    cr_poke(b->r->tid, result, said, sizeof(said)) < 0 ||
	    cr_set_registers(b->r->tid, &regs) < 0 ||
	    await_end(b->r->tid) < 0 ||
	    cr_peek(b->r->tid, result, said, sizeof(said)) < 0)
		return -1;
	errno = (int)-said[0];
	return said[0] < 0 ? -1 : 0;
}
