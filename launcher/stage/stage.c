/* stage.c - the last step before a command that "launch exec" runs
 *
 * A command may be a script with "#!/proc/self/exe", or name that as its
 * loader: then the kernel runs once more what executes it, inside, where a
 * neighbour can open it for writing (CVE-2019-5736).  So it is not launch that
 * executes the command but this: some hundred bytes in a sealed memfd, without
 * a libc, in a process that nobody inside can look into.
 *
 *	stage PATH ARGV...	with the write end of a pipe as fd 3
 *	tty PATH ARGV...	the same, and fd 0 becomes the terminal
 *
 * It forks a brother into the pid namespace, child of our parent, which it tells
 * the pid: 'P' and four bytes.  The brother executes PATH; when that fails, it
 * says so: 'E' and errno in four bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { PIPE = 3 };

#if defined(__x86_64__)
static long call(long nr, long a, long b, long c)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

__asm__(".globl _start\n"
	"_start:\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call stage\n");
#elif defined(__aarch64__)
static long call(long nr, long a, long b, long c)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, xzr\n"
	"	mov x0, sp\n"
	"	bl stage\n");
#endif

static void tell(char what, long number)
{
	char packet[5] = { what };

	__builtin_memcpy(packet + 1, &number, 4); /* low bytes first */
	call(SYS_write, PIPE, (long)packet, sizeof(packet));
}

/* A filter may refuse even that. */
__attribute__((noreturn)) static void leave(int status)
{
	call(SYS_exit_group, status, 0, 0);
	__builtin_trap();
}

/* stack: argc, argv, NULL, environment, NULL */
__attribute__((used, noreturn)) void stage(long *stack);
void stage(long *stack)
{
	long argc = stack[0], pid, failed;
	long *argv = stack + 1, *env = argv + argc + 1;

	/* The brother has this from his first moment. */
	call(SYS_prctl, PR_SET_DUMPABLE, 0, 0);
	/* No pipe: we are what somebody's #!/proc/self/exe has found. */
	if (argc < 3 || call(SYS_fcntl, PIPE, F_SETFD, FD_CLOEXEC) < 0)
		leave(126);
	pid = call(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0);
	if (pid > 0) {
		tell('P', pid);
		leave(0);
	}
	failed = -pid;
	if (pid == 0) {
		call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
		/* Out of reach of the caller's terminal (TIOCSTI). */
		call(SYS_setsid, 0, 0, 0);
		if (*(const char *)argv[0] == 't')
			call(SYS_ioctl, 0, TIOCSCTTY, 0);
		failed = -call(SYS_execve, argv[1], (long)(argv + 2),
			       (long)env);
	}
	tell('E', failed);
	leave(126);
}
