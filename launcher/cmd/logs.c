/* logs.c - launch logs: what a detached container has written */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/log.h"
#include "launcher/process.h"

static struct container container; /* large */

struct reader {
	int dir;
	int64_t since_ms;
	bool broken; /* nobody reads us any more */
};

/* The bytes of a record that is there in full: 1; else 0, to be looked at
 * again from the same place. */
static int print_record(struct reader *r, int file)
{
	static char bytes[LOG_RECORD_MAX];
	struct log_record head;
	off_t at = lseek(file, 0, SEEK_CUR);

	if (read_all(file, &head, sizeof(head)) == sizeof(head) &&
	    head.magic == LOG_MAGIC && head.length <= sizeof(bytes) &&
	    read_all(file, bytes, head.length) == (ssize_t)head.length) {
		if (head.time_ms >= r->since_ms &&
		    write_all(STDOUT_FILENO, bytes, head.length) < 0)
			r->broken = true;
		return !r->broken;
	}
	lseek(file, at, SEEK_SET);
	return 0;
}

static void print_file(struct reader *r, int file)
{
	while (print_record(r, file))
		;
}

static ino_t inode_of(int dir, int number)
{
	struct stat st;

	return fstatat(dir, log_name(number).text, &st, 0) < 0 ? 0 : st.st_ino;
}

/* Its number in the ring; LOG_FILES: it has fallen off; -1: all are being
 * removed, and the state before them.  The ring may turn while we look. */
static int find_number(const struct reader *r, int file)
{
	struct stat st;

	for (;;) {
		for (int i = LOG_FILES - 1; i >= 0; i--)
			if (fstat(file, &st) == 0 &&
			    inode_of(r->dir, i) == st.st_ino)
				return i;
		if (fstat(file, &st) < 0 || st.st_nlink == 0)
			break;
	}
	return faccessat(r->dir, "state", F_OK, 0) == 0 ? LOG_FILES : -1;
}

/* The file that follows; -1: the oldest. */
static int open_next(const struct reader *r, int after)
{
	int number = after < 0 ? LOG_FILES : find_number(r, after);

	while (number-- > 0) {
		int file = openat(r->dir, log_name(number).text,
				  O_RDONLY | O_CLOEXEC);

		if (file >= 0)
			return file;
	}
	return -1;
}

/* To the end of what is there; returns the newest file, at its end. */
static int print_all(struct reader *r, int from)
{
	int file = from;

	for (;;) {
		int next;

		if (file >= 0)
			print_file(r, file);
		next = r->broken ? -1 : open_next(r, file);
		if (next < 0)
			return file;
		/* What came between the reading and the turning. */
		if (file >= 0)
			print_file(r, file);
		fd_close(&file);
		file = next;
	}
}

/* Until the container's launcher has ended. */
static void follow(struct reader *r, int file)
{
	autofd int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[32], events[4096];
	struct pollfd p = { .fd = watch, .events = POLLIN };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->dir);
	if (watch < 0 || inotify_add_watch(watch, path,
					   IN_MODIFY | IN_CREATE | IN_DELETE |
						   IN_DELETE_SELF) < 0) {
		fail("cannot watch the log of '%s'", container.name);
		return;
	}
	for (;;) {
		bool over = container_wait_launcher(&container, 0) == 0;

		file = print_all(r, file);
		if (over || r->broken)
			return;
		/* Its death alone tells nothing: ask now and then. */
		if (poll(&p, 1, 200) > 0 &&
		    read(watch, events, sizeof(events)) < 0 && errno != EAGAIN)
			return;
	}
}

/* "10m" ago, or "@SECONDS" since 1970. */
static int parse_since(const char *text, int64_t *since_ms)
{
	struct timespec now;
	uint64_t seconds;
	int64_t ago;

	if (!text)
		return 0;
	if (text[0] == '@') {
		if (parse_uint(text + 1, INT64_MAX / 1000, &seconds) < 0)
			return -1;
		*since_ms = (int64_t)seconds * 1000;
		return 0;
	}
	if (parse_duration(text, &ago) < 0)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	*since_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - ago;
	return 0;
}

int cmd_logs(const struct args *args)
{
	const char *name = args->operands[0];
	struct reader r = { .since_ms = 0 };
	int file;

	if (parse_since(args->since, &r.since_ms) < 0)
		return command_bad(args->since, "since",
				   "such as 10m, or @SECONDS");
	if (container_find(&container, args->state_dir, name) < 0)
		return STATUS_FAILED;
	r.dir = container.dir;
	file = open_next(&r, -1);
	if (file < 0) {
		failx("cannot read the log of '%s': it has none (was it started with -d?)",
		      name);
		return STATUS_FAILED;
	}
	file = print_all(&r, file);
	if (args->follow)
		follow(&r, file);
	return 0;
}
