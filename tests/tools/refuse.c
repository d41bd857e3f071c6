/* refuse.c - have system calls of a program fail where strace(1) cannot follow it
 *
 *	refuse [-o] [-c FILE] CALL[,CALL...]:ERRNO[:N[+]] PROGRAM [ARG...]
 *
 * The Nth of these calls, which is the first unless it is said, fails; N+: each from
 * there on.  Counted is what processes do that run PROGRAM (a path), and what somebody
 * who traces others has them do; -o: but not PROGRAM's first process itself.  How many
 * there were is in FILE when PROGRAM has ended: from then on none fails.
 *
 *	refuse		waits for PROGRAM, and ends as it does
 *	the server	answers, as long as there is somebody who asks
 *	PROGRAM		has a filter of seccomp(2) that asks, and so have all its children
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

enum { CALLS_MAX = 64, FAILED = 99, NAP_US = 100 };

struct name {
	const char *text;
	int number;
};

#define CALL(name, ours, other) { name, ours },
static const struct name calls[] = {
#include SYSCALLS
	{ 0 }
};

static const struct name errors[] = {
	{ "EACCES", EACCES },
	{ "EAGAIN", EAGAIN },
	{ "EFAULT", EFAULT },
	{ "EINVAL", EINVAL },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC },
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
	{ 0 },
};

/* What is to fail. */
static int wanted[CALLS_MAX], error;
static size_t wanted_count;
static unsigned long when = 1;
static bool onwards, others;
static struct stat program;

/* In memory that all three have. */
static struct {
	volatile int listener; /* its number in PROGRAM */
	volatile bool taken, over;
	volatile unsigned long count;
} * shared;

static noreturn void quit(const char *what)
{
	fprintf(stderr, "refuse: %s: %s\n", what, strerror(errno));
	_exit(FAILED);
}

static int find(const struct name *names, const char *text)
{
	for (; names->text; names++)
		if (strcmp(names->text, text) == 0)
			return names->number;
	errno = EINVAL;
	quit(text);
}

static void parse(char *text)
{
	char *list = strsep(&text, ":"), *name = strsep(&text, ":");

	error = find(errors, name ? name : "");
	if (text)
		when = strtoul(text, &text, 10);
	onwards = text && *text == '+';
	while (list && wanted_count < CALLS_MAX)
		wanted[wanted_count++] = find(calls, strsep(&list, ","));
}

static bool runs_program(unsigned int tid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/exe", tid);
	return stat(path, &st) == 0 && st.st_dev == program.st_dev &&
	       st.st_ino == program.st_ino;
}

static bool is_traced(unsigned int tid)
{
	char path[32], text[1024];
	const char *tracer;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	tracer = strstr(text, "TracerPid:\t");
	return tracer && tracer[strlen("TracerPid:\t")] != '0';
}

/* Whether this one fails; who is killed meanwhile needs no answer. */
static bool is_refused(unsigned int tid, pid_t first)
{
	if (shared->over || (others && tid == (unsigned int)first) ||
	    !(runs_program(tid) || is_traced(tid)))
		return false;
	shared->count++;
	return shared->count == when || (onwards && shared->count > when);
}

static void answer(int listener, pid_t first)
{
	struct seccomp_notif call = { 0 };
	struct seccomp_notif_resp reply = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return;
	reply.id = call.id;
	if (is_refused(call.pid, first))
		reply.error = -error;
	else
		reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* None of the files that it comes with is to be held for so long. */
static noreturn void serve(pid_t first)
{
	int pidfd = (int)syscall(SYS_pidfd_open, first, 0);
	struct pollfd p = { .events = POLLIN };

	setsid();
	while (!shared->listener)
		usleep(NAP_US);
	p.fd = (int)syscall(SYS_pidfd_getfd, pidfd, shared->listener, 0);
	if (p.fd < 0)
		kill(first, SIGKILL);
	syscall(SYS_close_range, 0, p.fd - 1, 0);
	syscall(SYS_close_range, p.fd + 1, ~0U, 0);
	shared->taken = true;
	while (poll(&p, 1, -1) > 0 && !(p.revents & POLLHUP))
		answer(p.fd, first);
	_exit(0);
}

/* From here to the end of the filter nothing is called that might be in it. */
static noreturn void run(char **argv)
{
	struct sock_filter code[CALLS_MAX + 3];
	const struct sock_fprog filter = { (unsigned short)(wanted_count + 3),
					   code };
	size_t n = 0;
	long fd;

	code[n++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < wanted_count; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)wanted[i],
			(unsigned char)(wanted_count - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_USER_NOTIF);
	if (geteuid() != 0)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Who was asked about is killed, or gets an answer: no signal has it ask
	 * again. */
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER |
			     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		     &filter);
	shared->listener = (int)fd;
	while (fd >= 0 && !shared->taken)
		;
	if (fd >= 0)
		execv(argv[0], argv);
	quit(argv[0]);
}

static void write_count(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu\n", shared->count) < 0 ||
	    fclose(file) != 0)
		quit(path);
}

int main(int argc, char **argv)
{
	const char *count = NULL;
	int option, status;
	pid_t first;

	while ((option = getopt(argc, argv, "+oc:")) > 0)
		if (option == 'o')
			others = true;
		else
			count = optarg;
	argv += optind;
	if (argc - optind < 2 || stat(argv[1], &program) < 0)
		quit("no program");
	parse(argv[0]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		quit("memory");
	first = fork();
	if (first == 0)
		run(argv + 1);
	if (fork() == 0)
		serve(first);
	if (waitpid(first, &status, 0) < 0)
		quit(argv[1]);
	shared->over = true;
	if (count)
		write_count(count);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
