/* cr_machine.c - what of a checkpoint differs from machine to machine */
#include "cr_machine.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "common/count.h"

#if defined(__x86_64__)

/* What the kernel keeps to itself: the ways to go on after an interruption. */
enum {
	ERESTARTSYS = 512,
	ERESTARTNOINTR = 513,
	ERESTARTNOHAND = 514,
	ERESTART_RESTARTBLOCK = 516,
	USER_CS = 0x33, /* of programs of 64 bits */
	CALL_BYTES = 2, /* of the instruction */
	CLOCKS = 4096,  /* more than there are; less than any address */
};

/* Before XSAVE, or under an emulator without it, there was FXSAVE. */
const unsigned int *cr_machine_notes(void)
{
	static const unsigned int all[] = { NT_X86_XSTATE, 0 };
	static const unsigned int old[] = { NT_PRFPREG, 0 };

	return cr_machine_features() ? all : old;
}

bool cr_machine_is_known(void)
{
	return true;
}

bool cr_machine_is_foreign(const struct cr_registers *r)
{
	return r->user.cs != USER_CS;
}

long cr_machine_find_call(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i + CALL_BYTES <= size; i++)
		if (bytes[i] == 0x0f && bytes[i + 1] == 0x05)
			return (long)i;
	return -1;
}

/* clang-format off */
const unsigned char cr_machine_runner[] = {
	0x48, 0x89, 0xfb,	/*	mov %rdi,%rbx: the step */
	0x49, 0x89, 0xf4,	/*	mov %rsi,%r12 */
	0x49, 0x89, 0xd5,	/*	mov %rdx,%r13 */
	0x48, 0x8b, 0x03,	/* 1:	mov (%rbx),%rax */
	0x48, 0x8b, 0x7b, 0x08,	/*	mov 8(%rbx),%rdi */
	0x48, 0x8b, 0x73, 0x10,	/*	mov 16(%rbx),%rsi */
	0x48, 0x8b, 0x53, 0x18,	/*	mov 24(%rbx),%rdx */
	0x4c, 0x8b, 0x53, 0x20,	/*	mov 32(%rbx),%r10 */
	0x4c, 0x8b, 0x43, 0x28,	/*	mov 40(%rbx),%r8 */
	0x4c, 0x8b, 0x4b, 0x30,	/*	mov 48(%rbx),%r9 */
	0x0f, 0x05,		/*	syscall */
	0x48, 0x3b, 0x43, 0x38,	/*	cmp 56(%rbx),%rax: the least */
	0x7c, 0x06,		/*	jl 2f */
	0x48, 0x83, 0xc3, 0x40,	/*	add $64,%rbx */
	0xeb, 0xd7,		/*	jmp 1b */
	0x49, 0x89, 0x45, 0x00,	/* 2:	mov %rax,(%r13) */
	0x49, 0x89, 0x5d, 0x08,	/*	mov %rbx,8(%r13) */
	0x4c, 0x89, 0xe3,	/*	mov %r12,%rbx */
	0xeb, 0xca,		/*	jmp 1b */
};
/* clang-format on */
const size_t cr_machine_runner_size = sizeof(cr_machine_runner);

void cr_machine_call(struct cr_registers *r, uint64_t at, long number,
		     const uint64_t args[6])
{
	struct user_regs_struct *u = &r->user;

	u->rip = at;
	u->rax = (uint64_t)number;
	u->orig_rax = UINT64_MAX;
	u->rdi = args[0];
	u->rsi = args[1];
	u->rdx = args[2];
	u->r10 = args[3];
	u->r8 = args[4];
	u->r9 = args[5];
}

long cr_machine_result(const struct cr_registers *r)
{
	return (long)r->user.rax;
}

/* They fail when anything stops them, were it only for a moment: see signal(7).
 * A signal that really comes makes them fail once more. */
static bool is_fickle(long number)
{
	static const short calls[] = {
		SYS_epoll_wait,      SYS_epoll_pwait, 441 /* epoll_pwait2 */,
		SYS_rt_sigtimedwait, SYS_semop,       SYS_semtimedop,
		SYS_io_getevents,    SYS_read,        SYS_readv,
		SYS_recvfrom,        SYS_recvmsg,     SYS_recvmmsg,
		SYS_write,           SYS_writev,      SYS_sendto,
		SYS_sendmsg,         SYS_sendmmsg,    SYS_accept,
		SYS_accept4,         SYS_connect,
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i] == number)
			return true;
	return false;
}

/* The kernel does this on the way of a signal only, and ours is another. */
void cr_machine_restart(struct cr_registers *r, bool same)
{
	struct user_regs_struct *u = &r->user;

	if ((long)u->orig_rax >= 0) {
		switch (-(long)u->rax) {
		case EINTR:
			if (!is_fickle((long)u->orig_rax))
				break;
			u->rax = u->orig_rax;
			u->rip -= CALL_BYTES;
			break;
		case ERESTARTSYS:
		case ERESTARTNOINTR:
		case ERESTARTNOHAND:
			u->rax = u->orig_rax;
			u->rip -= CALL_BYTES;
			break;
		case ERESTART_RESTARTBLOCK:
			u->rax = same ? SYS_restart_syscall : u->orig_rax;
			u->rip -= CALL_BYTES;
			break;
		}
	}
	u->orig_rax = UINT64_MAX;
}

bool cr_machine_is_again(const struct cr_registers *r)
{
	return r->user.orig_rax == SYS_restart_syscall &&
	       -(long)r->user.rax == ERESTART_RESTARTBLOCK;
}

/* Four calls go on in this way.  A clock is no address. */
void cr_machine_name_call(struct cr_registers *r, const char *where)
{
	struct user_regs_struct *u = &r->user;

	if (strstr(where, "futex"))
		u->orig_rax = SYS_futex;
	else if (strstr(where, "poll"))
		u->orig_rax = SYS_poll;
	else if (strstr(where, "sleep"))
		u->orig_rax = (int64_t)u->rdi < CLOCKS ? SYS_clock_nanosleep
						       : SYS_nanosleep;
}

uint64_t cr_machine_features(void)
{
	uint32_t a = 1, b, c = 0, d;

	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c >> 27 & 1)) /* the kernel does not use XSAVE */
		return 0;
	c = 0;
	__asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(c));
	return (uint64_t)d << 32 | a;
}

/* A processor below which there is another one takes its time to answer. */
bool cr_machine_is_wide(void)
{
	const uint64_t avx = 6; /* with what it is made of */
	static int known = -1;
	uint32_t a = 0, b, c = 0, d;

	if (known >= 0)
		return known;
	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a >= 7) {
		a = 7;
		c = 0;
		__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		known = b >> 5 & 1 && (cr_machine_features() & avx) == avx;
	} else {
		known = 0;
	}
	return known;
}

#else

const unsigned int *cr_machine_notes(void)
{
	static const unsigned int none[] = { 0 };

	return none;
}

bool cr_machine_is_known(void)
{
	return false;
}

bool cr_machine_is_foreign(const struct cr_registers *r)
{
	(void)r;
	return true;
}

long cr_machine_find_call(const unsigned char *bytes, size_t size)
{
	(void)bytes, (void)size;
	return -1;
}

const unsigned char cr_machine_runner[] = { 0 };
const size_t cr_machine_runner_size = sizeof(cr_machine_runner);

void cr_machine_call(struct cr_registers *r, uint64_t at, long number,
		     const uint64_t args[6])
{
	(void)r, (void)at, (void)number, (void)args;
}

long cr_machine_result(const struct cr_registers *r)
{
	(void)r;
	return -ENOSYS;
}

void cr_machine_restart(struct cr_registers *r, bool same)
{
	(void)r, (void)same;
}

bool cr_machine_is_again(const struct cr_registers *r)
{
	(void)r;
	return false;
}

void cr_machine_name_call(struct cr_registers *r, const char *where)
{
	(void)r, (void)where;
}

uint64_t cr_machine_features(void)
{
	return 0;
}

bool cr_machine_is_wide(void)
{
	return false;
}

#endif
