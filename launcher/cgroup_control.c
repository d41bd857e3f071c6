/* cgroup_control.c - the groups of a container that runs: freeze, see, change */
#include "cgroup_control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgroup_limits.h"
#include "cgroup_place.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "devfilter.h"
#include "spec.h"

enum { PATIENCE_MS = 5000, POLL_MS = 5 };

/* The first group that has the file, open. */
static int open_with(const struct cgroup *cg, const char *file, int flags)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < cg->count; i++) {
		int fd = -1;

		if (format(path, sizeof(path), "%s/%s", cg->groups[i].path,
			   file) == 0)
			fd = openat(AT_FDCWD, path, flags | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			return fd;
	}
	errno = ENOENT;
	return -1;
}

static int read_value(const struct cgroup *cg, const char *file, char *text,
		      size_t size)
{
	autofd int fd = open_with(cg, file, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read_all(fd, text, size - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return 0;
}

static int write_value(const struct cgroup *cg, const char *file,
		       const char *value)
{
	autofd int fd = open_with(cg, file, O_WRONLY);

	return fd < 0 || write(fd, value, strlen(value)) < 0 ? -1 : 0;
}

/* A number, behind the key if there is one: "usage_usec 17". */
static bool find_number(const char *text, const char *key, uint64_t *n)
{
	const char *at = *key ? strstr(text, key) : text;
	char digits[24];

	if (!at)
		return false;
	at += strlen(key);
	return format(digits, sizeof(digits), "%.*s",
		      (int)strspn(at, "0123456789"), at) == 0 &&
	       parse_uint(digits, UINT64_MAX, n) == 0;
}

/* Where each number is, on v2 and on v1. */
static const struct {
	const char *file, *key;
	size_t field;
	unsigned int divisor;
} numbers[] = {
	{ "cpu.stat", "usage_usec ", offsetof(struct cgroup_stats, cpu_us), 1 },
	{ "cpuacct.usage", "", offsetof(struct cgroup_stats, cpu_us), 1000 },
	{ "memory.current", "", offsetof(struct cgroup_stats, memory), 1 },
	{ "memory.usage_in_bytes", "", offsetof(struct cgroup_stats, memory),
	  1 },
	{ "memory.peak", "", offsetof(struct cgroup_stats, memory_peak), 1 },
	{ "memory.max_usage_in_bytes", "",
	  offsetof(struct cgroup_stats, memory_peak), 1 },
	{ "pids.current", "", offsetof(struct cgroup_stats, pids), 1 },
};

/* "8:0 rbytes=1 wbytes=2 ...", a line for each disk. */
static void read_io(const struct cgroup *cg, struct cgroup_stats *stats)
{
	char text[4096];
	uint64_t n;

	if (read_value(cg, "io.stat", text, sizeof(text)) < 0)
		return;
	stats->read_bytes = stats->written_bytes = 0;
	for (const char *at = text; (at = strstr(at, "rbytes=")); at++)
		if (find_number(at, "rbytes=", &n))
			stats->read_bytes += n;
	for (const char *at = text; (at = strstr(at, "wbytes=")); at++)
		if (find_number(at, "wbytes=", &n))
			stats->written_bytes += n;
}

uint64_t cgroup_memory_peak(const struct cgroup *cg)
{
	char text[32];
	uint64_t n;

	if (read_value(cg, "memory.peak", text, sizeof(text)) < 0 &&
	    read_value(cg, "memory.max_usage_in_bytes", text, sizeof(text)) < 0)
		return 0;
	return find_number(text, "", &n) ? n : 0;
}

void cgroup_read_stats(const struct cgroup *cg, struct cgroup_stats *stats)
{
	char text[4096];
	uint64_t n;

	memset(stats, 0xff, sizeof(*stats)); /* all unknown */
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (read_value(cg, numbers[i].file, text, sizeof(text)) == 0 &&
		    find_number(text, numbers[i].key, &n))
			*(uint64_t *)((char *)stats + numbers[i].field) =
				n / numbers[i].divisor;
	read_io(cg, stats);
}

/* 1: all of it stands; 0: not yet; -1: there is no such group, or no longer. */
static int frozen_state(const struct cgroup *cg)
{
	char text[256];

	if (read_value(cg, "freezer.state", text, sizeof(text)) == 0)
		return starts_with(text, "FROZEN");
	if (read_value(cg, "cgroup.events", text, sizeof(text)) == 0)
		return strstr(text, "frozen 1") != NULL;
	return -1;
}

bool cgroup_is_frozen(const struct cgroup *cg)
{
	return frozen_state(cg) > 0;
}

int cgroup_set_frozen(const struct cgroup *cg, bool frozen)
{
	int64_t until = now_ms() + PATIENCE_MS;
	int state;

	if (write_value(cg, "freezer.state", frozen ? "FROZEN" : "THAWED") <
		    0 &&
	    (errno != ENOENT ||
	     write_value(cg, "cgroup.freeze", frozen ? "1" : "0") < 0))
		return -1;
	while ((state = frozen_state(cg)) != frozen) {
		if (state < 0 || now_ms() > until) {
			errno = state < 0 ? ESRCH : EBUSY;
			return -1;
		}
		poll(NULL, 0, POLL_MS);
		/* v1 may have met a process that forked just then. */
		if (frozen)
			write_value(cg, "freezer.state", "FROZEN");
	}
	return 0;
}

static int set_limit(const struct cgroup *cg, const struct cgroup_limit *limit,
		     const struct cgroup_spec *want)
{
	static struct cgroup_place place; /* large */
	char value[512];
	const char *file;

	if (limit->format(want, 2, value, sizeof(value)) == 0)
		return 0;
	if (cgroup_place(&place, limit->controller) < 0)
		return -1;
	file = limit->file[place.version - 1];
	if (!file)
		return 0;
	limit->format(want, place.version, value, sizeof(value));
	return write_value(cg, file, value);
}

/* Which of memory and memory with swap has to be first depends on whether they
 * grow: what is refused gets a second chance. */
int cgroup_update(const struct cgroup *cg, const struct cgroup_spec *want,
		  const char *name)
{
	const struct cgroup_limit *limit, *refused = NULL;

	for (int round = 0; round < 2; round++) {
		refused = NULL;
		for (size_t i = 0; (limit = cgroup_limit(i)); i++)
			if (set_limit(cg, limit, want) < 0 && !refused)
				refused = limit;
		if (!refused)
			return 0;
	}
	if (errno == ENOENT)
		return failx(
			"cannot change the limits of '%s' (%s): it was started without a cgroup for that",
			name, refused->option);
	return fail("cannot change the limits of '%s' (%s)", name,
		    refused->option);
}

int cgroup_devices_version(void)
{
	static struct cgroup_place place; /* large */

	return cgroup_place(&place, "devices") < 0 ? 0 : place.version;
}

/* What it may and what it may not; v1 forgets what is neither. */
static int set_device_v1(const struct cgroup *cg, struct device_rule device,
			 unsigned int allowed)
{
	static const char *const files[] = { "devices.deny", "devices.allow" };
	char text[48];

	for (int allow = 0; allow < 2; allow++) {
		device.access = allow ? allowed : DEVICE_ALL & ~allowed;
		if (!device.access)
			continue;
		device_rule_format(&device, text);
		if (write_value(cg, files[allow], text) < 0)
			return -1;
	}
	return 0;
}

int cgroup_set_device(const struct cgroup *cg, const struct devfilter *f,
		      int version, const struct device_rule *device)
{
	if (version == 1)
		return set_device_v1(cg, *device,
				     devfilter_allows(f, version, device));
	for (size_t i = 0; i < cg->count; i++) {
		autofd int dir = openat(AT_FDCWD, cg->groups[i].path,
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (dir >= 0 &&
		    faccessat(dir, "cgroup.controllers", F_OK, 0) == 0)
			return devfilter_attach(f, dir);
	}
	errno = ENOENT;
	return -1;
}

int cgroup_enter(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->count; i++) {
		char path[PATH_MAX];

		if (format(path, sizeof(path), "%s/cgroup.procs",
			   cg->groups[i].path) < 0 ||
		    write_file_at(AT_FDCWD, path, "0") < 0)
			return fail("cannot join cgroup '%s'",
				    cg->groups[i].path);
	}
	return 0;
}
