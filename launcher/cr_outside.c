/* cr_outside.c - what is inside of a container, and what is the launcher's */
#include "cr_outside.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"
#include "cr_seize.h"

enum { MOUNTS_MAX = 1024, OUTSIDE_MAX = 256, LINK_MAX_BYTES = 96 };

static uint64_t mounts[MOUNTS_MAX];
static size_t mount_count;

/* What is open outside: where it leads, and to which of 0-2 inside. */
static struct outside {
	char link[LINK_MAX_BYTES];
	uint32_t fd, role;
} outsides[OUTSIDE_MAX];
static size_t outside_count;

static int read_mounts(pid_t init)
{
	static char text[1 << 18];
	char *line = text, *next;

	if (cr_proc_read(init, "mountinfo", text, sizeof(text)) < 0)
		return fail("cannot read the mounts of the container");
	for (mount_count = 0; line && mount_count < MOUNTS_MAX; line = next) {
		const char *at = line;

		next = split_at(line, '\n');
		if (cr_scan(&at, 10, mounts + mount_count))
			mount_count++;
	}
	return 0;
}

bool cr_is_inside(uint64_t mount)
{
	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i] == mount)
			return true;
	return false;
}

/* "36 35 98:0 /root /target ..." */
int cr_outside_open_mount(pid_t pid, dev_t device)
{
	static char text[1 << 18];
	char *line = text, *next, path[PATH_MAX + 32];

	if (cr_proc_read(pid, "mountinfo", text, sizeof(text)) < 0)
		return -1;
	for (; line; line = next) {
		uint64_t id, parent, major, minor;
		const char *at = line;

		next = split_at(line, '\n');
		if (!cr_scan(&at, 10, &id) || !cr_scan(&at, 10, &parent) ||
		    !cr_scan(&at, 10, &major) || *at++ != ':' ||
		    !cr_scan(&at, 10, &minor) ||
		    makedev((unsigned int)major, (unsigned int)minor) != device)
			continue;
		at = strchr(at + 1, ' ');
		if (!at || format(path, sizeof(path), "/proc/%d/root%.*s", pid,
				  (int)strcspn(at + 1, " "), at + 1) < 0)
			continue;
		return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	}
	return -1;
}

/* Above 2 there is only what a detached container writes to. */
static void add_outside(pid_t pid)
{
	const struct dirent *entry;
	char path[32];
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	list = opendir(path);
	while (list && (entry = readdir(list)) && outside_count < OUTSIDE_MAX) {
		struct outside *o = outsides + outside_count;
		char name[32];
		uint64_t fd;

		if (parse_uint(entry->d_name, INT_MAX, &fd) < 0 ||
		    format(name, sizeof(name), "fd/%s", entry->d_name) < 0 ||
		    cr_proc_link(pid, name, o->link, sizeof(o->link)) < 0)
			continue;
		if (fd > 2 && !starts_with(o->link, "pipe:"))
			continue;
		o->fd = (uint32_t)fd;
		o->role = fd > 2 ? 1 : (uint32_t)fd;
		outside_count++;
	}
	if (list)
		closedir(list);
}

int cr_outside_begin(const struct cr_seized *s, pid_t launcher)
{
	cr_proc_begin(s->processes[0].pid);
	outside_count = 0;
	add_outside(launcher);
	for (size_t i = 1; i < s->process_count; i++) {
		char text[8192];
		pid_t parent;
		bool inside = false;

		if (s->processes[i].parent != 1 ||
		    cr_proc_read(s->processes[i].pid, "status", text,
				 sizeof(text)) < 0)
			continue;
		parent = (pid_t)cr_number(text, "PPid", 10);
		for (size_t k = 0; k < s->process_count; k++)
			inside |= s->processes[k].pid == parent;
		if (!inside)
			add_outside(parent);
	}
	return read_mounts(s->processes[0].pid);
}

/* -1: it is nobody's outside. */
int cr_outside_role(const char *link, int fd)
{
	int role = -1;

	for (size_t i = 0; i < outside_count; i++) {
		if (strcmp(outsides[i].link, link) != 0)
			continue;
		if (outsides[i].fd == (uint32_t)fd)
			return (int)outsides[i].role;
		if (role < 0)
			role = (int)outsides[i].role;
	}
	return role;
}
