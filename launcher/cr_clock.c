/* cr_clock.c - the clocks of a container do not go back */
#include "cr_clock.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "cr_proc.h"

enum { NEWTIME = 0x80 /* CLONE_NEWTIME */ };

#define SECOND 1000000000LL

static const struct {
	const char *name;
	clockid_t id;
} kinds[CR_CLOCKS] = {
	{ "monotonic", CLOCK_MONOTONIC },
	{ "boottime", CLOCK_BOOTTIME },
};

static bool scan_signed(const char **at, int64_t *n)
{
	uint64_t value;
	bool negative;

	*at += strspn(*at, " \t");
	negative = **at == '-';
	*at += negative;
	if (!cr_scan(at, 10, &value))
		return false;
	*n = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

/* "monotonic           0         0": what is to be added; a kernel without has
 * none. */
static int64_t read_offset(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	int64_t seconds, ns;

	if (!at)
		return 0;
	at += strlen(name);
	return scan_signed(&at, &seconds) && scan_signed(&at, &ns)
		       ? seconds * SECOND + ns
		       : 0;
}

int cr_clock_read(pid_t pid, int64_t clocks[CR_CLOCKS])
{
	char theirs[256] = "", ours[256] = "";

	cr_proc_read(pid, "timens_offsets", theirs, sizeof(theirs));
	cr_proc_read(getpid(), "timens_offsets", ours, sizeof(ours));
	for (size_t i = 0; i < CR_CLOCKS; i++) {
		struct timespec t;

		if (clock_gettime(kinds[i].id, &t) < 0)
			return -1;
		clocks[i] = t.tv_sec * SECOND + t.tv_nsec +
			    read_offset(theirs, kinds[i].name) -
			    read_offset(ours, kinds[i].name);
	}
	return 0;
}

static int make(const int64_t ahead[CR_CLOCKS])
{
	if (unshare(NEWTIME) < 0)
		return -1;
	for (size_t i = 0; i < CR_CLOCKS; i++)
		if (write_file_at(AT_FDCWD, "/proc/self/timens_offsets",
				  "%s %lld %lld\n", kinds[i].name,
				  (long long)(ahead[i] / SECOND),
				  (long long)(ahead[i] % SECOND)) < 0)
			return -1;
	return 0;
}

int cr_clock_enter(const int64_t clocks[CR_CLOCKS])
{
	int64_t ahead[CR_CLOCKS];
	autofd int ours = -1;
	bool any = false;

	if (cr_clock_read(getpid(), ahead) < 0)
		return -1;
	for (size_t i = 0; i < CR_CLOCKS; i++) {
		ahead[i] = clocks[i] > ahead[i] ? clocks[i] - ahead[i] : 0;
		any |= ahead[i] > 0;
	}
	if (!any)
		return -1;
	ours = openat(AT_FDCWD, "/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
	if (ours >= 0 && make(ahead) == 0)
		return fd_take(&ours);
	warn("cannot keep the clocks of the container from going back");
	if (ours >= 0)
		cr_clock_leave(&ours);
	return -1;
}

void cr_clock_leave(int *ours)
{
	if (*ours >= 0 && setns(*ours, NEWTIME) < 0)
		warn("cannot go back to the time of the host");
	fd_close(ours);
}
