/* flip.c - exchange two names for each other, until killed
 *
 *	flip A B
 *
 * Whoever looks one of them up twice may find two things.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXCHANGE = 2 }; /* RENAME_EXCHANGE */

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: flip A B\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2],
		       EXCHANGE) == 0)
		;
	perror("flip");
	return 1;
}
