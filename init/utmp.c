/* utmp.c - who and w show what getty, login and init have written here */
#include "utmp.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"

/* As the programs that are going to read it have it, glibc's; musl's own is
 * another. */
struct record {
	int16_t kind;
	int32_t pid;
	char line[32];
	char id[4];
	char user[32];
	char host[256];
	int16_t termination, exit;
	utmp_word session;
	utmp_word seconds, microseconds;
	int32_t address[4];
	char unused[20];
};

/* The place of the record with this id, or of the first that is free. */
static off_t find_place(int fd, const char id[4])
{
	struct record r;
	off_t at = 0;

	for (; pread(fd, &r, sizeof(r), at) == sizeof(r); at += sizeof(r))
		if (r.kind >= UTMP_INIT && r.kind <= UTMP_DEAD &&
		    memcmp(r.id, id, sizeof(r.id)) == 0)
			return at;
	return at;
}

void utmp_write(enum utmp_kind kind, const char *id, pid_t pid)
{
	struct record r = { .kind = kind, .pid = pid };
	autofd int fd = open("/var/run/utmp", O_RDWR | O_CLOEXEC);
	const char *label = starts_with(id, "tty") ? id + 3 : id;

	struct timespec now = { 0, 0 };

	if (fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(r.id, label, strnlen(label, sizeof(r.id)));
	memcpy(r.line, id, strnlen(id, sizeof(r.line) - 1));
	r.seconds = (utmp_word)now.tv_sec;
	if (pwrite(fd, &r, sizeof(r), find_place(fd, r.id)) < 0)
		warn("cannot write to '/var/run/utmp'");
}
