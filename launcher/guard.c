/* guard.c - give the terminal back even when launch itself is killed */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdnoreturn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/signals.h"
#include "common/syscalls.h"

/* A reader of our output waits for all who have it open: not for us. */
static void keep_only(int pipe)
{
	dup2(pipe, 1);
	close(2);
	sys_close_range(3, ~0U, 0);
}

noreturn static void wait_for_death(int pipe, const struct termios *saved)
{
	const uint64_t all = ~0ULL;
	char word;
	ssize_t n;

	/* SIGTTOU as well: we may be in the background by then. */
	signals_set_mask(&all);
	keep_only(pipe);
	do
		n = read(1, &word, sizeof(word));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		tcsetattr(STDIN_FILENO, TCSANOW, saved);
	_exit(0);
}

void guard_start(struct guard *g, const struct termios *saved)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	g->pid = fork();
	if (g->pid == 0)
		wait_for_death(ends[0], saved);
	close(ends[0]);
	g->pipe = ends[1];
	if (g->pid < 0) {
		g->pid = 0;
		close(g->pipe);
	}
}

void guard_end(struct guard *g)
{
	if (!g->pid)
		return;
	(void)!write(g->pipe, "", 1);
	close(g->pipe);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g->pid = 0;
}
