/* detach.c - become the supervisor of a container in the background */
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "process.h"

enum { READY_FD = 3, STATUS_FD, ASIDE, OLD_FDS_MAX = 1024 };

/* A supervisor lives long: what it kept open of the caller's would keep pipes
 * from ending and disks from being unmounted. */
static void close_others(int first)
{
	if (sys_close_range(first, ~0U, 0) == 0)
		return;
	for (int fd = first; fd < OLD_FDS_MAX; fd++) /* before Linux 5.9 */
		close(fd);
}

static int move_fds(int *ready, int *status_fd)
{
	int pipe_end = fcntl(*ready, F_DUPFD_CLOEXEC, ASIDE);
	int status = *status_fd ? fcntl(*status_fd, F_DUPFD_CLOEXEC, ASIDE) : 0;

	if (pipe_end < 0 || status < 0 ||
	    dup3(pipe_end, READY_FD, O_CLOEXEC) < 0 ||
	    (status && dup3(status, STATUS_FD, O_CLOEXEC) < 0))
		return -1;
	*ready = READY_FD;
	if (status)
		*status_fd = STATUS_FD;
	close_others(status ? STATUS_FD + 1 : READY_FD + 1);
	return 0;
}

/* The caller's side: a byte, or the status of one that failed. */
static int await(int ready, pid_t pid)
{
	char byte;
	int status;
	ssize_t n;

	do
		n = read(ready, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		return WEXITSTATUS(status);
	failx("cannot start: the supervisor was killed (--detach)");
	return STATUS_FAILED;
}

int detach(int *ready, int *status_fd, int *status)
{
	int ends[2];
	pid_t pid;

	*status = STATUS_FAILED;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot create a pipe (--detach)");
	pid = fork();
	if (pid < 0)
		return fail("cannot fork a supervisor (--detach)");
	if (pid > 0) {
		close(ends[1]);
		*status = await(ends[0], pid);
		return -1;
	}
	report_status(STATUS_FAILED);
	*ready = ends[1];
	if (setsid() < 0 || move_fds(ready, status_fd) < 0)
		die("cannot leave the session (--detach)");
	return 0;
}

void detach_settle(int ready, int null)
{
	ssize_t n = write(ready, "", 1);

	(void)n; /* a caller that was killed does not want to know */
	close(ready);
	/* Not the working directory: a restart may want paths below it. */
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			close(fd); /* who reads waits for its end */
}
