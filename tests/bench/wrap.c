/* wrap.c - the least that a wrapper costs: start the command, wait, end as it did
 *
 *	wrap COMMAND...
 */
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;
	pid_t pid = argc > 1 ? vfork() : -1;

	if (pid == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 125;
	return WEXITSTATUS(status);
}
