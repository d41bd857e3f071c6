/* stall.c - run a command at a terminal that nobody reads
 *
 *	stall ROOM COMMAND...
 *
 * So much of its buffer is filled beforehand that about ROOM bytes are left.
 * The exit status is the command's, and 128+n when a signal ended it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Write until there is no room, or that much; returns how much it was. */
static long fill(const char *name, long most)
{
	int fd = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK);
	long count = 0;

	while (count < most && write(fd, "x", 1) == 1)
		count++;
	close(fd);
	return count;
}

/* A terminal whose other side is ours, and stays open. */
static int open_terminal(long room, int *slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return (int)fill(ptsname(master), room);
}

int main(int argc, char **argv)
{
	long room = argc > 2 ? (long)strtoul(argv[1], NULL, 10) : 0;
	int slave, status;
	pid_t pid;

	if (argc < 3)
		return 1;
	/* How much there is, and then all but that. */
	if (open_terminal(open_terminal(1 << 20, &slave) - room, &slave) < 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
