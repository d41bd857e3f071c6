/* cr_events.c - what epoll and timer descriptors wait for, into an image and back */
#include "cr_events.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>

#include "common/report.h"
#include "cr_proc.h"

struct target {
	uint64_t fd, events, data;
};

struct timer {
	uint64_t clock, ticks;
	uint64_t value[2], interval[2]; /* seconds and nanoseconds */
};

#define SET_TICKS _IOW('T', 0, uint64_t) /* TFD_IOC_SET_TICKS */

static void *add(struct cr_image *image, uint32_t number, size_t size)
{
	struct cr_data *data = cr_add(image, CR_DATA, sizeof(*data) + size);

	data->file = number;
	return data->bytes;
}

/* The number behind a word of a line: "events:       19". */
static void scan_word(const char *line, const char *word, unsigned int base,
		      uint64_t *n)
{
	const char *at = strstr(line, word);

	*n = 0;
	if (at) {
		at += strlen(word);
		cr_scan(&at, base, n);
	}
}

/* "tfd:        5 events:       19 data:                5  pos:0 ino:..." */
void cr_epoll_dump(struct cr_image *image, uint32_t number, const char *info)
{
	while ((info = strstr(info, "tfd:"))) {
		struct target *t = add(image, number, sizeof(*t));

		scan_word(info, "tfd:", 10, &t->fd);
		scan_word(info, "events:", 16, &t->events);
		scan_word(info, "data:", 16, &t->data);
		info += strlen("tfd:");
	}
}

/* "it_value: (0, 49406829)" */
static void scan_pair(const char *info, const char *key, uint64_t pair[2])
{
	const char *at = strstr(info, key);

	if (!at || !(at = strchr(at, '(')))
		return;
	at++;
	cr_scan(&at, 10, &pair[0]);
	at++;
	cr_scan(&at, 10, &pair[1]);
}

void cr_timer_dump(struct cr_image *image, uint32_t number, const char *info)
{
	struct timer *t = add(image, number, sizeof(*t));

	t->clock = cr_number(info, "clockid", 10);
	t->ticks = cr_number(info, "ticks", 10);
	scan_pair(info, "it_value:", t->value);
	scan_pair(info, "it_interval:", t->interval);
}

static const void *next_data(const struct cr_image *image, const void *behind,
			     uint32_t number, size_t size)
{
	const struct cr_data *data;

	cr_each (data, image, behind, CR_DATA, 0)
		if (data->file == number &&
		    cr_length(data) >= sizeof(*data) + size)
			break;
	return data;
}

int cr_timer_open(const struct cr_image *image, uint32_t number, int flags)
{
	const struct cr_data *data =
		next_data(image, NULL, number, sizeof(struct timer));
	struct itimerspec when = { 0 };
	struct timer t = { 0 };
	int fd = -1;

	if (data)
		memcpy(&t, data->bytes, sizeof(t));
	when.it_value.tv_sec = (time_t)t.value[0];
	when.it_value.tv_nsec = (long)t.value[1];
	when.it_interval.tv_sec = (time_t)t.interval[0];
	when.it_interval.tv_nsec = (long)t.interval[1];
	/* Due, and not looked at since: it stands until then. */
	if (t.ticks && !t.value[0] && !t.value[1])
		when.it_value = when.it_interval;
	fd = timerfd_create((int)t.clock, flags);
	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL) < 0)
		return -1;
	/* Without CONFIG_CHECKPOINT_RESTORE one that was due is late. */
	if (t.ticks)
		ioctl(fd, SET_TICKS, &t.ticks);
	return fd;
}

void cr_epoll_fill(const struct cr_image *image, uint32_t number, int fd)
{
	const struct cr_data *data = NULL;

	while ((data = next_data(image, data, number, sizeof(struct target)))) {
		struct epoll_event event;
		struct target t;

		memcpy(&t, data->bytes, sizeof(t));
		event.events = (uint32_t)t.events;
		event.data.u64 = t.data;
		/* A number that it knew may be another file's by now, or nobody's. */
		if (epoll_ctl(fd, EPOLL_CTL_ADD, (int)t.fd, &event) < 0 &&
		    errno != EBADF && errno != EEXIST && errno != EPERM)
			die("cannot wait for fd %d again (epoll)", (int)t.fd);
	}
}
