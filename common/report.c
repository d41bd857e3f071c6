/* report.c - the only way either program talks about trouble */
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *program = "minit";
static int exit_status = 1;

static void to_stderr(const char *line)
{
	char out[640];
	size_t n = snprintf(out, sizeof(out), "%s: %s\n", program, line);

	/* One write(2), so that lines of two processes do not mix. */
	if (write(STDERR_FILENO, out, n < sizeof(out) ? n : sizeof(out)) < 0)
		return; /* Nobody is left who could be told. */
}

static report_sink *standard = to_stderr, *sink = to_stderr;

void report_name(const char *name)
{
	program = name;
}

void report_to(report_sink *s)
{
	sink = s ? s : standard;
}

void report_default(report_sink *s)
{
	standard = sink = s;
}

void report_status(int status)
{
	exit_status = status;
}

/* One line, whatever names and values are in it, and nothing that a terminal
 * would obey. */
static void make_printable(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || *line == 127)
			*line = '?';
}

static void report(bool with_errno, const char *fmt, va_list ap)
{
	int saved = errno;
	char line[512];
	size_t n = vsnprintf(line, sizeof(line), fmt, ap);

	if (with_errno && n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, ": %s", strerror(saved));
	make_printable(line);
	sink(line);
	errno = saved;
}

#define REPORT(with_errno)                   \
	do {                                 \
		va_list ap;                  \
		va_start(ap, fmt);           \
		report(with_errno, fmt, ap); \
		va_end(ap);                  \
	} while (0)

void warn(const char *fmt, ...)
{
	REPORT(true);
}

void warnx(const char *fmt, ...)
{
	REPORT(false);
}

int fail(const char *fmt, ...)
{
	REPORT(true);
	return -1;
}

int failx(const char *fmt, ...)
{
	REPORT(false);
	return -1;
}

void quit(int status)
{
	syscall(SYS_exit_group, status);
	__builtin_trap();
}

void die(const char *fmt, ...)
{
	REPORT(true);
	quit(exit_status);
}

void diex(const char *fmt, ...)
{
	REPORT(false);
	quit(exit_status);
}
