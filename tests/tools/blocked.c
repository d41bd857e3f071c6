/* blocked.c - execute a command with all signals blocked, and one waiting
 *
 *	blocked SIGNAL COMMAND...
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const uint64_t all = ~(uint64_t)0;

	if (argc < 3)
		return 1;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	kill(getpid(), (int)strtoul(argv[1], NULL, 10));
	execvp(argv[2], argv + 2);
	return 127;
}
