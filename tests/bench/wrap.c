/* wrap.c - the least that a wrapper costs: start the command, wait, end as it did
 *
 *	wrap COMMAND...
 */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2 ||
	    posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0)
		return 127;
	if (waitpid(pid, &status, 0) < 0)
		return 125;
	return WEXITSTATUS(status);
}
