/* obstacles.c - has something that no checkpoint can keep; see persist.h */

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/seccomp.h>

#include "persist.h"

enum { IO_URING_SETUP = 425 };

static void await_go(void)
{
	do
		nap();
	while (!tick());
}

static pid_t sleeper(void)
{
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	must(child > 0);
	return child;
}

static void io_uring(void)
{
	char params[120] = { 0 };

	must(syscall(IO_URING_SETUP, 4, params) >= 0);
	await_go();
}

static void userfaultfd(void)
{
	must(syscall(SYS_userfaultfd, 0) >= 0);
	await_go();
}

static void namespace(void)
{
	if (fork() == 0) {
		must(unshare(CLONE_NEWUTS) == 0);
		for (;;)
			pause();
	}
	await_go();
}

static void strict(void)
{
	if (fork() == 0) {
		must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
		for (;;)
			;
	}
	await_go();
}

static void traced(void)
{
	must(ptrace(PTRACE_SEIZE, sleeper(), NULL, NULL) == 0);
	await_go();
}

static void lease(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/leased", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
	await_go();
}

const struct mode modes[] = {
	{ "io_uring", io_uring },
	{ "userfaultfd", userfaultfd },
	{ "namespace", namespace },
	{ "strict", strict },
	{ "traced", traced },
	{ "lease", lease },
	{ 0 },
};
