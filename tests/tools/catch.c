/* catch.c - say by number which signals come in, until one comes twice
 *
 *	catch [-c]	-c: with the value queued beside each
 *
 * All 64 are blocked and read, past the libc, which keeps some to itself.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const uint64_t all = ~(uint64_t)0;
	bool values = argc > 1 && strcmp(argv[1], "-c") == 0;
	uint64_t seen = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	dprintf(STDOUT_FILENO, "ready %d\n", getpid());
	for (;;) {
		siginfo_t info;
		int n = (int)syscall(SYS_rt_sigtimedwait, &all, &info, NULL,
				     sizeof(all));

		if (n <= 0)
			continue;
		if (values)
			dprintf(STDOUT_FILENO, "%d=%d\n", n,
				info.si_value.sival_int);
		else
			dprintf(STDOUT_FILENO, "%d\n", n);
		if (seen >> (n - 1) & 1)
			return 0;
		seen |= UINT64_C(1) << (n - 1);
	}
}
