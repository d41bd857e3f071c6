/* helper.c - programs of others that do what we may not, or had better not */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "io.h"
#include "signals.h"

static void become(const char *const argv[], int errors)
{
	const uint64_t none = 0;
	union {
		const char *const *ours;
		char *const *theirs;
	} words = { .ours = argv };

	signals_set_mask(&none);
	if (dup2(errors, STDERR_FILENO) >= 0)
		execvp(argv[0], words.theirs);
	_exit(HELPER_MISSING);
}

/* Its pid, and the end of the pipe that its stderr is. */
static pid_t spawn(const char *const argv[], int *errors)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(argv, ends[1]);
	fd_close(&ends[1]);
	*errors = ends[0];
	return pid;
}

int helper_run(const char *const argv[], char *said, size_t size)
{
	autofd int errors = -1;
	pid_t pid = spawn(argv, &errors);
	ssize_t n;
	int status;

	if (pid < 0)
		return -1;
	n = read_all(errors, said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	fd_close(&errors);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
