/* helper.c - programs of others that do what we may not, or had better not */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "io.h"
#include "signals.h"
#include "syscalls.h"
#include "text.h"

enum { LOOK_MS = 100 };

static struct {
	bool (*is_told)(const void *arg);
	const void *arg;
} watch;

void helper_watch(bool (*is_told)(const void *arg), const void *arg)
{
	watch.is_told = is_told;
	watch.arg = arg;
}

/* 1: it can be read; 0: we are told to end. */
static int wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, LOOK_MS) <= 0)
		if (watch.is_told && watch.is_told(watch.arg))
			return 0;
	return 1;
}

/* The terminal's signals are for others, and our end is its own. */
static void stay(int errors)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	dup2(errors, STDOUT_FILENO);
}

static void become(const char *const argv[], int errors)
{
	const uint64_t none = 0;
	union {
		const char *const *ours;
		char *const *theirs;
	} words = { .ours = argv };

	signals_reset(~none);
	signals_set_mask(&none);
	if (dup2(errors, STDERR_FILENO) >= 0)
		execvp(argv[0], words.theirs);
	_exit(HELPER_MISSING);
}

/* Its pid, and the end of the pipe that its stderr is. */
static pid_t spawn(const char *const argv[], int *errors, bool stays)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0 && stays)
		stay(ends[1]);
	if (pid == 0)
		become(argv, ends[1]);
	fd_close(&ends[1]);
	*errors = ends[0];
	return pid;
}

static int end(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int give_up(pid_t pid, char *said, size_t size)
{
	kill(pid, SIGKILL);
	copy_text(said, size, "told to end");
	return end(pid);
}

int helper_run(const char *const argv[], char *said, size_t size)
{
	autofd int errors = -1, pidfd = -1;
	pid_t pid = spawn(argv, &errors, false);
	size_t have = 0;
	ssize_t n = -1;

	if (pid < 0)
		return -1;
	pidfd = sys_pidfd_open(pid);
	while (wait_for(errors) &&
	       (n = read(errors, said + have, size - 1 - have)) > 0)
		have += n;
	said[have] = '\0';
	said[strcspn(said, "\n")] = '\0';
	fd_close(&errors);
	/* It may have closed its stderr, and hang. */
	if (n != 0 || (pidfd >= 0 && !wait_for(pidfd)))
		return give_up(pid, said, size);
	return end(pid);
}

/* A line of digits alone, or one that is not to end. */
static bool has_number(const char *text)
{
	while (*text) {
		size_t digits = strspn(text, "0123456789");

		if (digits > 0 && (text[digits] == '\n' || !text[digits]))
			return true;
		text += strcspn(text, "\n");
		text += strspn(text, "\n");
	}
	return false;
}

pid_t helper_start(const char *const argv[], char *said, size_t size)
{
	autofd int output = -1;
	pid_t pid = spawn(argv, &output, true);
	size_t have = 0;
	ssize_t n = 1;

	said[0] = '\0';
	while (pid > 0 && n > 0 && have < size - 1) {
		if (!wait_for(output)) {
			give_up(pid, said, size);
			return -1;
		}
		n = read(output, said + have, size - 1 - have);
		have += n > 0 ? n : 0;
		said[have] = '\0';
		if (has_number(said))
			return pid;
	}
	said[strcspn(said, "\n")] = '\0';
	if (pid > 0) {
		kill(pid, SIGKILL);
		end(pid);
	}
	return -1;
}
