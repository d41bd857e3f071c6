/* forbidden.c - try what a container must not do, and say how it went
 *
 *	forbidden		"euid: UID", then "NAME: ERRNO" of each call
 *
 * Arguments are such that an unfiltered kernel would answer something else than
 * the filter does: EPERM comes from a filter or a missing capability, EFAULT,
 * EINVAL or EBADF from a call that got through.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BAD ((long)-1)

static const struct attempt {
	const char *name;
	long number;
	long args[5];
} attempts[] = {
	{ "mount", SYS_mount, { BAD, BAD, BAD, 0, BAD } },
	{ "umount2", SYS_umount2, { BAD, 0x8000 } },
	{ "pivot_root", SYS_pivot_root, { BAD, BAD } },
	{ "open_tree", 428, { BAD, BAD, 0x10000000 } },
	{ "move_mount", 429, { BAD, BAD, BAD, BAD, 0x10000000 } },
	{ "fsopen", 430, { BAD, 0x1000 } },
	{ "fsconfig", 431, { BAD, 99, BAD, BAD, BAD } },
	{ "fsmount", 432, { BAD, 0x1000, 0 } },
	{ "fspick", 433, { BAD, BAD, 0x1000 } },
	{ "mount_setattr", 442, { BAD, BAD, 0x10000000, BAD, 0 } },
	{ "open_tree_attr", 467, { BAD, BAD, 0x10000000 } },
	{ "unshare mount", SYS_unshare, { CLONE_NEWNS } },
	{ "unshare user", SYS_unshare, { CLONE_NEWUSER } },
	{ "unshare time", SYS_unshare, { 0x80 } },
	{ "clone user", SYS_clone, { CLONE_NEWUSER | CLONE_FS } },
	{ "clone3", SYS_clone3, { BAD, 0 } },
	{ "setns", SYS_setns, { BAD, 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, { BAD, BAD, 0 } },
	{ "bpf", SYS_bpf, { 99, BAD, 8 } },
	{ "init_module", SYS_init_module, { BAD, 8, BAD } },
	{ "finit_module", SYS_finit_module, { BAD, BAD, 0 } },
	{ "delete_module", SYS_delete_module, { BAD, 0 } },
	{ "kexec_load", SYS_kexec_load, { 0, 99, BAD, 0 } },
	{ "kexec_file_load", SYS_kexec_file_load, { BAD, BAD, 0, BAD, 0 } },
	{ "io_uring_setup", 425, { 0, BAD } },
	{ "io_uring_enter", 426, { BAD, 0, 0, 0, 0 } },
	{ "io_uring_register", 427, { BAD, 0, 0, 0 } },
	{ "userfaultfd", SYS_userfaultfd, { 0x10000000 } },
	{ "perf_event_open", SYS_perf_event_open, { BAD, 0, 0, BAD, 0 } },
	{ "keyctl", SYS_keyctl, { 99 } },
	{ "add_key", SYS_add_key, { BAD, BAD, 0, 0, 0 } },
	{ "request_key", SYS_request_key, { BAD, BAD, BAD, 0 } },
	{ "settimeofday", SYS_settimeofday, { BAD, 0 } },
	{ "clock_settime", SYS_clock_settime, { 0, BAD } },
	{ "acct", SYS_acct, { BAD } },
	{ "syslog", SYS_syslog, { 3, BAD, 8 } },
	{ "quotactl", SYS_quotactl, { BAD, BAD, 0, BAD } },
	{ "swapon", SYS_swapon, { BAD, 0 } },
	{ "ioctl TIOCSTI", SYS_ioctl, { BAD, 0x5412, BAD } },
	/* The kernel looks at the lower half of the request only. */
	{ "ioctl TIOCSTI wide", SYS_ioctl, { BAD, 0x7700005412, BAD } },
	{ "ioctl TIOCLINUX", SYS_ioctl, { BAD, 0x541c, BAD } },
	{ "socket vsock", SYS_socket, { 40, 99, 0 } },
#ifdef __x86_64__
	{ "x32 mount", 0x40000000 + SYS_mount, { BAD, BAD, BAD, 0, BAD } },
	{ "iopl", SYS_iopl, { 4 } },
#endif
	/* And what must work. */
	{ "unshare files", SYS_unshare, { CLONE_FILES } },
	{ "socket unix", SYS_socket, { 1, 1, 0 } },
	{ "ioctl", SYS_ioctl, { BAD, 0x5401, BAD } },
	{ "getppid", SYS_getppid },
};

#ifdef __x86_64__
static void on_signal(int number)
{
	static const char text[] = "i386: none\n";

	(void)number;
	_exit(write(1, text, sizeof(text) - 1) < 0);
}

/* The 32-bit way in, which 64-bit programs have, too. */
static long call_i386(long number, long a, long b)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(BAD), "S"(0),
			   "D"(BAD)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void try_i386(void)
{
	enum { MOUNT = 21, UNSHARE = 310, CLONE3 = 435, GETPPID = 64 };

	signal(SIGSEGV, on_signal); /* A kernel without it. */
	printf("i386 getppid: %d\n", (int)call_i386(GETPPID, 0, 0) < 0);
	printf("i386 mount: %d\n", -(int)call_i386(MOUNT, BAD, BAD));
	printf("i386 unshare user: %d\n",
	       -(int)call_i386(UNSHARE, CLONE_NEWUSER, 0));
	printf("i386 clone3: %d\n", -(int)call_i386(CLONE3, BAD, 0));
}
#endif

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("euid: %d\n", (int)geteuid());
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		const struct attempt *a = attempts + i;
		long result = syscall(a->number, a->args[0], a->args[1],
				      a->args[2], a->args[3], a->args[4]);

		printf("%s: %d\n", a->name, result < 0 ? errno : 0);
	}
#ifdef __x86_64__
	try_i386();
#endif
	return 0;
}
