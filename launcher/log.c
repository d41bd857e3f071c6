/* log.c - what a detached container writes: a ring of files */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"

struct log_name log_name(int number)
{
	struct log_name name = { "log" };

	if (number > 0)
		snprintf(name.text, sizeof(name.text), "log.%d", number);
	return name;
}

static int open_newest(struct log *log)
{
	log->size = 0;
	log->file = openat(log->dir, log_name(0).text,
			   O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
			   0600);
	return log->file < 0 ? -1 : 0;
}

int log_open(struct log *log, int dir, uint64_t size)
{
	log->dir = dir;
	log->size_max = size / LOG_FILES;
	return open_newest(log);
}

/* All move on by one, and the oldest falls off. */
static int rotate(struct log *log)
{
	fd_close(&log->file);
	for (int i = LOG_FILES - 1; i > 0; i--)
		renameat(log->dir, log_name(i - 1).text, log->dir,
			 log_name(i).text);
	return open_newest(log);
}

static int write_record(struct log *log, const void *bytes, size_t count)
{
	struct timespec now;
	struct log_record head = { .length = count, .magic = LOG_MAGIC };

	clock_gettime(CLOCK_REALTIME, &now);
	head.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (write_all(log->file, &head, sizeof(head)) < 0 ||
	    write_all(log->file, bytes, count) < 0)
		return -1;
	log->size += sizeof(head) + count;
	return 0;
}

int log_write(struct log *log, const void *bytes, size_t count)
{
	if (log->file < 0 && open_newest(log) < 0)
		return -1;
	if (log->size > 0 &&
	    log->size + count + sizeof(struct log_record) > log->size_max &&
	    rotate(log) < 0)
		return -1;
	if (write_record(log, bytes, count) == 0)
		return 0;
	/* A full disk: away with the oldest, for one more try.  What is half
	 * there ends the file: readers look for the next. */
	unlinkat(log->dir, log_name(LOG_FILES - 1).text, 0);
	return rotate(log) < 0 ? -1 : write_record(log, bytes, count);
}

void log_close(struct log *log)
{
	fd_close(&log->file);
}
