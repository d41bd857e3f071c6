/* window.c - send TERM around the start of something, and count what is lost
 *
 *	window [-1] TRIES MICROSECONDS COMMAND...
 *
 * -1: as PID 1 of a namespace.  Before it runs, the kernel would drop what it
 * has not blocked, so it starts with all signals blocked.
 *
 * Each time TERM comes at another moment, between the command's exec and that
 * many microseconds later.  It is lost if the command has not ended within
 * twenty seconds, or $WINDOW_MS.  Prints how many were; whoever is left is killed.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool as_init;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static pid_t start(char **argv)
{
	const uint64_t all = ~(uint64_t)0;
	int execs[2];
	pid_t pid;
	char c;

	if (pipe2(execs, O_CLOEXEC) < 0)
		return -1;
	pid = (pid_t)syscall(SYS_clone,
			     as_init ? CLONE_NEWPID | SIGCHLD : SIGCHLD, NULL,
			     NULL, NULL, NULL);
	if (pid == 0) {
		setpgid(0, 0);
		if (as_init)
			syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL,
				sizeof(all));
		execvp(argv[0], argv);
		_exit(127);
	}
	close(execs[1]);
	if (read(execs[0], &c, 1) < 0)
		return -1;
	close(execs[0]);
	return pid;
}

static int is_lost(pid_t pid)
{
	const char *patience = getenv("WINDOW_MS");
	int64_t end = now_us() +
		      1000 * (patience ? (int64_t)strtoul(patience, NULL, 10)
				       : 20000);

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (now_us() > end) {
			kill(-pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return 1;
		}
		poll(NULL, 0, 1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	long tries, longest_us, lost = 0;

	as_init = argc > 1 && strcmp(argv[1], "-1") == 0;
	argv += as_init;
	argc -= as_init;
	if (argc < 4)
		return 1;
	tries = (long)strtoul(argv[1], NULL, 10);
	longest_us = (long)strtoul(argv[2], NULL, 10);
	for (long i = 0; i < tries; i++) {
		pid_t pid = start(argv + 3);
		int64_t at = now_us() + longest_us * i / tries;

		if (pid < 0)
			return 1;
		while (now_us() < at)
			;
		kill(pid, SIGTERM);
		lost += is_lost(pid);
	}
	printf("%ld\n", lost);
	return 0;
}
