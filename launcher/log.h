/* log.h - what a detached container writes: a ring of files
 *
 *	RUNDIR/NAME/log		the newest; log.1, log.2, log.3 the older ones
 *
 * Each is a row of records, so that any bytes can be in them and each has its
 * time.  Whoever writes waits for the disk: a container that writes faster is
 * slowed down, and loses nothing but what is older than the ring is long.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LOG_FILES = 4, LOG_RECORD_MAX = 16384 };

struct log_record {
	int64_t time_ms; /* since 1970 */
	uint32_t length; /* of the bytes that follow */
	uint32_t magic;  /* LOG_MAGIC */
};
#define LOG_MAGIC 0x474f4c31u

struct log {
	int dir; /* borrowed */
	int file;
	uint64_t size, size_max; /* of one file */
};

/* Begin, in dir, a ring of so many bytes in all.  -1 with errno. */
int log_open(struct log *log, int dir, uint64_t size);

/* -1 with errno; what does not fit on the disk is lost. */
int log_write(struct log *log, const void *bytes, size_t count);
void log_close(struct log *log);

/* "log" or "log.2" */
struct log_name {
	char text[16];
};
struct log_name log_name(int number);
