/* cr_remote.c - a stopped thread of somebody else makes a system call for us */
#include "cr_remote.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80, ERRNO_MAX = 4095 };

long cr_ptrace(long request, pid_t tid, uintptr_t address, uintptr_t data)
{
	return syscall(SYS_ptrace, request, tid, address, data);
}

int cr_get_registers(pid_t tid, struct cr_registers *r)
{
	struct iovec v = { &r->user, sizeof(r->user) };

	return (int)cr_ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS,
			      (uintptr_t)&v);
}

int cr_set_registers(pid_t tid, const struct cr_registers *r)
{
	struct cr_registers copy = *r;
	struct iovec v = { &copy.user, sizeof(copy.user) };

	return (int)cr_ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS,
			      (uintptr_t)&v);
}

int cr_set_mask(pid_t tid, uint64_t mask)
{
	return (int)cr_ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask),
			      (uintptr_t)&mask);
}

int cr_block_signals(pid_t tid, uint64_t *mask)
{
	if (mask && cr_ptrace(PTRACE_GETSIGMASK, tid, sizeof(*mask),
			      (uintptr_t)mask) < 0)
		return -1;
	return cr_set_mask(tid, UINT64_MAX);
}

/* To the next stop of the call; what else stops it on the way is a job that is
 * stopped, or a thread that it has made. */
static int go_on(struct cr_remote *r)
{
	int status;

	for (;;) {
		if (cr_ptrace(PTRACE_SYSCALL, r->tid, 0, 0) < 0 ||
		    waitpid(r->tid, &status, __WALL) < 0)
			return -1;
		if (!WIFSTOPPED(status)) {
			errno = ESRCH;
			return -1;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8))
			cr_ptrace(PTRACE_GETEVENTMSG, r->tid, 0,
				  (uintptr_t)&r->event);
		if (WSTOPSIG(status) == SYSCALL_STOP)
			return 0;
	}
}

long cr_remote_call(struct cr_remote *r, long number, const uint64_t args[6])
{
	struct cr_registers regs = r->base;
	long result;

	cr_machine_call(&regs, r->gadget, number, args);
	if (cr_set_registers(r->tid, &regs) < 0 || go_on(r) < 0 ||
	    go_on(r) < 0 || cr_get_registers(r->tid, &regs) < 0)
		return -1;
	result = cr_machine_result(&regs);
	if (result < 0 && result >= -ERRNO_MAX) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

static int all_of_it(ssize_t n, size_t size)
{
	if (n == (ssize_t)size)
		return 0;
	if (n >= 0)
		errno = EFAULT;
	return -1;
}

int cr_peek(pid_t pid, uint64_t address, void *bytes, size_t size)
{
	struct iovec ours = { bytes, size };
	const uint64_t theirs[] = { address, size };

	return all_of_it(syscall(SYS_process_vm_readv, pid, &ours, 1, theirs, 1,
				 0),
			 size);
}

int cr_poke(pid_t pid, uint64_t address, const void *bytes, size_t size)
{
	const uint64_t ours[] = { (uintptr_t)bytes, size };
	const uint64_t theirs[] = { address, size };

	return all_of_it(syscall(SYS_process_vm_writev, pid, ours, 1, theirs, 1,
				 0),
			 size);
}

int cr_scratch_map(struct cr_remote *r, uint64_t address)
{
	long at = cr_call(r, SYS_mmap, address, CR_SCRATCH_BYTES,
			  PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS |
				  (address ? MAP_FIXED_NOREPLACE : 0),
			  UINT64_MAX, 0);

	if (at < 0)
		return -1;
	r->scratch = (uint64_t)at;
	return 0;
}

int cr_scratch_unmap(struct cr_remote *r)
{
	return (int)cr_call(r, SYS_munmap, r->scratch, CR_SCRATCH_BYTES);
}
