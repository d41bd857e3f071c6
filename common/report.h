/* report.h - the only way either program talks about trouble
 *
 * Messages are one line, lower case, without a full stop, and say what could
 * not be done to what: "cannot mount 'proc' on '/proc'".  The functions with
 * an x print no errno, the others append ": " and the text of errno.  All keep
 * errno.  Control characters are shown as "?".
 */
#pragma once

#include <stdarg.h>
#include <stdnoreturn.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Where a finished line goes: by default "NAME: line" to stderr. */
typedef void report_sink(const char *line);

/* The name before each line; borrowed, not copied. */
void report_name(const char *name);

/* Send lines elsewhere; NULL is the default again. */
void report_to(report_sink *s);

/* Where NULL sends them, from now on. */
void report_default(report_sink *s);

/* The status of die() and diex(); 1 until set. */
void report_status(int status);

void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void warnx(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Report and return -1, so that a failing step reads "return fail(...)". */
int fail(const char *fmt, ...) PRINTF_LIKE(1, 2);
int failx(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Report and _exit(): for code that has nothing to undo. */
noreturn void die(const char *fmt, ...) PRINTF_LIKE(1, 2);
noreturn void diex(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* _exit(2), also under a filter of system calls that refuses even that: _exit(3)
 * would ask again for ever. */
noreturn void quit(int status);
