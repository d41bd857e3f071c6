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

static int set(const int64_t ahead[CR_CLOCKS])
{
	for (size_t i = 0; i < CR_CLOCKS; i++)
		if (write_file_at(AT_FDCWD, "/proc/self/timens_offsets",
				  "%s %lld %lld\n", kinds[i].name,
				  (long long)(ahead[i] / SECOND),
				  (long long)(ahead[i] % SECOND)) < 0)
			return -1;
	return 0;
}

static int open_time(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

/* Only what is born would be in it; and then nothing is. */
static int make(const int64_t ahead[CR_CLOCKS])
{
	autofd int ours = open_time("/proc/self/ns/time");
	autofd int fresh = -1;

	if (ours < 0 || unshare(NEWTIME) < 0)
		return -1;
	if (set(ahead) == 0)
		fresh = open_time("/proc/self/ns/time_for_children");
	if (setns(ours, NEWTIME) < 0)
		die("cannot go back to the time of the host");
	return fd_take(&fresh);
}

int cr_clock_make(const int64_t clocks[CR_CLOCKS])
{
	int64_t ahead[CR_CLOCKS];
	bool any = false;
	int time;

	if (cr_clock_read(getpid(), ahead) < 0)
		return -1;
	for (size_t i = 0; i < CR_CLOCKS; i++) {
		ahead[i] = clocks[i] > ahead[i] ? clocks[i] - ahead[i] : 0;
		any |= ahead[i] > 0;
	}
	time = any ? make(ahead) : -1;
	if (any && time < 0)
		warn("cannot keep the clocks of the container from going back");
	return time;
}

void cr_clock_enter(int time)
{
	if (setns(time, NEWTIME) < 0)
		warn("cannot keep the clocks of the container from going back");
	close(time);
}
