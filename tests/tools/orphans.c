/* orphans.c - leave orphans to whoever takes them, and wait until all are gone
 *
 *	orphans COUNT
 *
 * They come in batches: a middle process makes some, which wait for its end and
 * then end too.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 500 };

static pid_t pids[BATCH];

static void make_batch(int tell, int go)
{
	char c;

	for (int i = 0; i < BATCH; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(tell);
			/* The end of file is the sign. */
			_exit(read(go, &c, 1) != 0);
		}
		if (write(tell, &pid, sizeof(pid)) < 0)
			_exit(1);
	}
	_exit(0);
}

static int run_batch(void)
{
	int tell[2], go[2];
	pid_t middle;

	if (pipe(tell) < 0 || pipe(go) < 0)
		return -1;
	middle = fork();
	if (middle == 0) {
		close(go[1]);
		make_batch(tell[1], go[0]);
	}
	close(tell[1]);
	for (int i = 0; i < BATCH; i++)
		if (read(tell[0], &pids[i], sizeof(pids[i])) <= 0)
			return -1;
	waitpid(middle, NULL, 0);
	close(tell[0]);
	close(go[0]);
	close(go[1]);
	/* A zombie would still be there. */
	for (int i = 0; i < BATCH; i++)
		while (kill(pids[i], 0) == 0)
			poll(NULL, 0, 1);
	return 0;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtoul(argv[1], NULL, 10) : BATCH;

	for (; count > 0; count -= BATCH)
		if (run_batch() < 0)
			return 1;
	return 0;
}
