/* cr_remote.h - a stopped thread of somebody else makes a system call for us
 *
 * It runs one instruction of its own vdso, with registers of ours:
 *
 *	SETREGS (the call)  PTRACE_SYSCALL  stops before  PTRACE_SYSCALL
 *	stops behind	    GETREGS (the result)
 *
 * All signals are blocked meanwhile, but for SIGKILL.  A thread is left so that
 * its own registers have to be set again, also because the kernel restarts no
 * system call on this way.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_machine.h"

/* ptrace(2) as the kernel has it: for some requests the libcs' is another, and
 * what it takes are numbers as often as pointers. */
long cr_ptrace(long request, pid_t tid, uintptr_t address, uintptr_t data);

struct cr_remote {
	pid_t tid;
	uint64_t gadget;  /* where the instruction is */
	uint64_t scratch; /* memory of theirs that we have asked for; 0: none */
	struct cr_registers base;
	unsigned long event; /* of the last clone: the new thread */
};

enum { CR_SCRATCH_BYTES = 65536 };

/* Block all signals of a stopped thread; *mask is what it had, or NULL. */
int cr_block_signals(pid_t tid, uint64_t *mask);
int cr_set_mask(pid_t tid, uint64_t mask);

int cr_get_registers(pid_t tid, struct cr_registers *r);
int cr_set_registers(pid_t tid, const struct cr_registers *r);

/* The result, or -1 with errno; ESRCH: it has been killed. */
long cr_remote_call(struct cr_remote *r, long number, const uint64_t args[6]);
#define cr_call(r, number, ...) \
	cr_remote_call((r), (number), (const uint64_t[6]){ __VA_ARGS__ })

/* Memory of theirs; -1 with errno unless it is all there. */
int cr_peek(pid_t pid, uint64_t address, void *bytes, size_t size);
int cr_poke(pid_t pid, uint64_t address, const void *bytes, size_t size);

/* Ask for the scratch memory, at an address or (0) anywhere; give it back. */
int cr_scratch_map(struct cr_remote *r, uint64_t address);
int cr_scratch_unmap(struct cr_remote *r);
