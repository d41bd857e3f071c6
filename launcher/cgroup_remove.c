/* cgroup_remove.c - take a cgroup away with all that is in it */
#include "cgroup_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/text.h"

enum {
	PATIENCE_MS = 10000, /* who dies on a busy machine takes its time */
	ROUND_MS = 2,
	PIDS_MAX = 4096,
};

static void kill_listed(char *list)
{
	while (list && *list) {
		char *rest = split_at(list, '\n');
		uint64_t pid;

		/* 0 is somebody outside our pid namespace: not ours to kill. */
		if (parse_uint(list, INT_MAX, &pid) == 0 && pid > 0)
			kill((pid_t)pid, SIGKILL);
		list = rest;
	}
}

/* v2 since Linux 5.14 kills the whole tree at once; else one by one, and what
 * they forked meanwhile in the next round. */
static void kill_processes(int dir)
{
	char pids[PIDS_MAX];
	autofd int fd = -1;
	ssize_t n;

	if (write_file_at(dir, "cgroup.kill", "1") == 0)
		return;
	fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read_all(fd, pids, sizeof(pids) - 1);
	if (n <= 0)
		return;
	pids[n] = '\0';
	kill_listed(pids);
}

/* Append the name of the first group below path; false if there is none. */
static bool descend(char *path, size_t size)
{
	size_t len = strlen(path);
	const struct dirent *entry;
	bool found = false;
	DIR *list = opendir(path);

	while (list && !found && (entry = readdir(list)))
		found = entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
			format(path + len, size - len, "/%s", entry->d_name) ==
				0;
	if (list)
		closedir(list);
	if (!found)
		path[len] = '\0';
	return found;
}

static int remove_deepest(const char *path)
{
	char deepest[PATH_MAX];
	autofd int dir = -1;

	if (copy_text(deepest, sizeof(deepest), path) < 0)
		return -1;
	while (descend(deepest, sizeof(deepest)))
		;
	if (rmdir(deepest) == 0 || errno == ENOENT)
		return 0;
	dir = open(deepest, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0)
		kill_processes(dir);
	poll(NULL, 0, ROUND_MS);
	errno = EBUSY;
	return 0;
}

int cgroup_remove_tree(const char *path)
{
	int64_t until;

	/* Nearly always: empty, as its pid namespace has ended. */
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	until = now_ms() + PATIENCE_MS;
	do {
		if (remove_deepest(path) < 0)
			return -1;
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
	} while (now_ms() < until);
	return -1;
}

int cgroup_remove_empty(const char *path)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (rmdir(path) < 0 && errno != ENOENT) {
		if (errno != EBUSY || now_ms() > until)
			return -1;
		poll(NULL, 0, ROUND_MS);
	}
	return 0;
}
