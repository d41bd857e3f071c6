/* syscalls.h - system calls that the libc has no wrapper for
 *
 * The only place with #if: what differs by architecture or is missing in older
 * headers stands here.  Each returns -1 with errno, as a libc's would.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>

/* glibc's utmp has 32-bit times where 32-bit programs may have to read it. */
#if defined(__x86_64__)
#define utmp_word int32_t
#else
#define utmp_word int64_t
#endif

static inline int sys_openat2(int dir, const char *path, struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

static inline int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int sys_pidfd_send_signal(int pidfd, int number)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

static inline int sys_close_range(unsigned int first, unsigned int last,
				  unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_open_tree(int dir, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int sys_move_mount(int from_dir, const char *from, int to_dir,
				 const char *to, unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from_dir, from, to_dir, to, flags);
}

static inline int sys_mount_setattr(int dir, const char *path,
				    unsigned int flags, struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr,
			    sizeof(*attr));
}

static inline int sys_fsopen(const char *type, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int sys_fsconfig(int fs, unsigned int command, const char *key,
			       const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, aux);
}

static inline int sys_fsmount(int fs, unsigned int flags, unsigned int attr)
{
	return (int)syscall(SYS_fsmount, fs, flags, attr);
}

/* A new filesystem without options, mounted nowhere; since Linux 5.2. */
static inline int sys_mount_nowhere(const char *type, unsigned int attr)
{
	int fs = sys_fsopen(type, FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = sys_fsmount(fs, FSMOUNT_CLOEXEC, attr);
	close(fs);
	return mount;
}

/* attr is a union bpf_attr. */
static inline int sys_bpf(int command, void *attr, unsigned int size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}

/* The libc's execve() cannot take constant texts, the kernel does. */
static inline int sys_execve(const char *path, const char *const argv[],
			     const char *const env[])
{
	return (int)syscall(SYS_execve, path, argv, env);
}

static inline int sys_execveat(int dir, const char *path,
			       const char *const argv[],
			       const char *const env[], int flags)
{
	return (int)syscall(SYS_execveat, dir, path, argv, env, flags);
}

/* Wait while *word is value; spurious returns are possible. */
static inline long sys_futex_wait(const volatile int *word, int value)
{
	return syscall(SYS_futex, word, 0 /* FUTEX_WAIT, not private: the
		kernel's own wake at exit is not either */
		       ,
		       value, NULL, NULL, 0);
}

/* Any call, without touching errno: the child has the same one.  Returns -errno,
 * as the kernel does. */
static inline long sys_quiet(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	long ret;
	register long r10 __asm__("r10") = d;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
#elif defined(__aarch64__)
	register long nr __asm__("x8") = number;
	register long ret __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0"
			 : "+r"(ret)
			 : "r"(nr), "r"(x1), "r"(x2), "r"(x3)
			 : "memory", "cc");
	return ret;
#else
	return syscall(number, a, b, c, d);
#endif
}

/* clone3 with a function on a stack of its own, for CLONE_VM.  A C wrapper
 * cannot do this: both processes would return into one stack frame.  args must
 * hold stack and stack_size.  Returns -errno, without touching errno. */
static inline long sys_clone3_call(struct clone_args *args, void (*fn)(void *),
				   void *arg)
{
#if defined(__x86_64__)
	register long ret __asm__("rax") = SYS_clone3;
	register void *a0 __asm__("rdi") = args;
	register size_t a1 __asm__("rsi") = sizeof(*args);
	register void (*call)(void *) __asm__("r12") = fn;
	register void *call_arg __asm__("r13") = arg;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r13, %%rdi\n\t"
			 "callq *%%r12\n\t"
			 "hlt\n"
			 "1:"
			 : "+r"(ret)
			 : "r"(a0), "r"(a1), "r"(call), "r"(call_arg)
			 : "rcx", "r11", "memory");
	return ret;
#elif defined(__aarch64__)
	register long nr __asm__("x8") = SYS_clone3;
	register long ret __asm__("x0") = (long)args;
	register size_t a1 __asm__("x1") = sizeof(*args);
	register void (*call)(void *) __asm__("x19") = fn;
	register void *call_arg __asm__("x20") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(ret)
			 : "r"(nr), "r"(a1), "r"(call), "r"(call_arg)
			 : "memory", "cc");
	return ret;
#else
	(void)args, (void)fn, (void)arg;
	return -38; /* ENOSYS: clone(2) does it, without the extras. */
#endif
}
