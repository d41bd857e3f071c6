/* proc.c - what /proc says about a process */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "count.h"
#include "fd.h"
#include "io.h"
#include "syscalls.h"
#include "text.h"

/* Field 3 is the state; the others count from there. */
enum {
	PARENT = 4,
	UTIME = 14,
	STIME = 15,
	START = 22,
	RSS = 24,
	FIELDS = 25,
	TICKS_PER_SECOND = 100, /* USER_HZ, the same on all that we run on */
};

int proc_stat(pid_t pid, struct proc_stat *s)
{
	uint64_t fields[FIELDS] = { 0 };
	char path[32], text[1024];
	char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	/* The command's name, field 2, may hold blanks and parentheses. */
	p = strrchr(text, ')');
	if (!p || strlen(p) < 4)
		return -1;
	s->state = p[2];
	p = split_at(p + 2, ' ');
	for (size_t i = PARENT; p && i < COUNT(fields); i++) {
		char *rest = split_at(p, ' ');

		/* The negative ones are not for us. */
		if (parse_uint(p, UINT64_MAX, &fields[i]) < 0)
			fields[i] = 0;
		p = rest;
	}
	s->parent = (pid_t)fields[PARENT];
	s->cpu_ticks = fields[UTIME] + fields[STIME];
	s->start = fields[START];
	s->rss_pages = fields[RSS];
	return 0;
}

uint64_t proc_start_time(pid_t pid)
{
	struct proc_stat s;

	return proc_stat(pid, &s) < 0 || s.state == 'Z' || s.state == 'X'
		       ? 0
		       : s.start;
}

int proc_open(pid_t pid, uint64_t start)
{
	autofd int fd = -1;

	if (pid <= 0 || start == 0) {
		errno = ESRCH;
		return -1;
	}
	fd = sys_pidfd_open(pid);
	if (fd < 0)
		return -1;
	/* Looked at only now that the pid cannot become another's. */
	if (proc_start_time(pid) != start) {
		errno = ESRCH;
		return -1;
	}
	return fd_take(&fd);
}

uint64_t proc_age_ms(uint64_t start)
{
	struct timespec now;
	uint64_t now_ms, start_ms = start * (1000 / TICKS_PER_SECOND);

	clock_gettime(CLOCK_BOOTTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return now_ms > start_ms ? now_ms - start_ms : 0;
}
