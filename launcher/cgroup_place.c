/* cgroup_place.c - where a controller is mounted, and where we are in it
 *
 *	/proc/self/cgroup		/proc/self/mountinfo
 *	4:memory:/user/x		... /sys/fs/cgroup/memory ... cgroup ...
 *	2:cpu,cpuacct:/			... /sys/fs/cgroup/unified ... cgroup2 ...
 *	0::/user.slice/session-1.scope
 *
 * The first says which hierarchy has a controller and where we are in it.  Its
 * mount is nearly always in the usual place; mountinfo, which is long, is read
 * only where it is not.  There are as many controllers as there are hierarchies of v1:
 * what is small, and asked for once, is what a start feels of it.
 */
#include "cgroup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/text.h"

enum { TEXTS_MAX = 16384, MOUNTINFO_MAX = 262144, HIERARCHIES_MAX = 32 };

/* /proc/self/cgroup, and behind it mount points. */
static char texts[TEXTS_MAX];
static size_t used;

/* Where we are. */
static struct membership {
	uint64_t number;
	const char *controllers, *path;
} memberships[HIERARCHIES_MAX];
static size_t membership_count;

static bool has_word(const char *list, const char *word, char sep)
{
	size_t len = strlen(word);

	for (; list; list = strchr(list, sep), list = list ? list + 1 : NULL)
		if (strncmp(list, word, len) == 0 &&
		    (list[len] == '\0' || list[len] == sep))
			return true;
	return false;
}

/* But for those that are only called something, as systemd's. */
static int read_memberships(void)
{
	ssize_t n = used ? 0
			 : read_file_at(AT_FDCWD, "/proc/self/cgroup", texts,
					sizeof(texts) / 2);
	char *line = texts, *rest;

	if (used || n < 0)
		return n < 0 ? -1 : 0;
	used = (size_t)n + 1;
	for (; line && membership_count < HIERARCHIES_MAX; line = rest) {
		struct membership *m = memberships + membership_count;
		char *list, *path;

		rest = split_at(line, '\n');
		list = split_at(line, ':');
		path = list ? split_at(list, ':') : NULL;
		if (!path || starts_with(list, "name=") ||
		    parse_uint(line, UINT64_MAX, &m->number) < 0)
			continue;
		m->controllers = list;
		m->path = path;
		membership_count++;
	}
	return 0;
}

/* Our group in the hierarchy of a controller, "" being that of v2. */
static int find_own(struct cgroup_place *place, const char *controller)
{
	if (read_memberships() < 0)
		return -1;
	for (size_t i = 0; i < membership_count; i++) {
		const struct membership *m = memberships + i;

		if (*controller ? !has_word(m->controllers, controller, ',')
				: *m->controllers != '\0')
			continue;
		place->hierarchy = m->number;
		place->own = m->path;
		return 0;
	}
	errno = ENOENT;
	return -1;
}

static bool is_there(const char *dir, const char *file)
{
	char path[PATH_MAX];

	return format(path, sizeof(path), "%s/%s", dir, file) == 0 &&
	       access(path, F_OK) == 0;
}

static bool find_usual(struct cgroup_place *place, const char *controller)
{
	static const char *const unified[] = { "/sys/fs/cgroup",
					       "/sys/fs/cgroup/unified" };
	char *text = texts + used;

	if (*controller) {
		if (format(text, sizeof(texts) - used, "/sys/fs/cgroup/%s",
			   controller) < 0 ||
		    !is_there(text, "cgroup.procs"))
			return false;
		used += strlen(text) + 1;
		place->mount = text;
		return true;
	}
	for (size_t i = 0; i < COUNT(unified); i++) {
		place->mount = unified[i];
		if (is_there(unified[i], "cgroup.controllers"))
			return true;
	}
	return false;
}

/* One line of mountinfo: is it the hierarchy?  Then take its mount point. */
static bool is_hierarchy(struct cgroup_place *place, char *line,
			 const char *controller)
{
	char *after = strstr(line, " - "), *options, *at = line;
	bool v1;

	if (!after)
		return false;
	*after = '\0';
	after += strlen(" - ");
	v1 = starts_with(after, "cgroup ");
	if (*controller ? !v1 : !starts_with(after, "cgroup2 "))
		return false;
	options = strrchr(after, ' ');
	if (*controller &&
	    (!options || !has_word(options + 1, controller, ',')))
		return false;
	for (int field = 1; at && field < 5; field++)
		at = split_at(at, ' ');
	if (!at)
		return false;
	split_at(at, ' ');
	if (copy_text(texts + used, sizeof(texts) - used, at) < 0)
		return false;
	place->mount = texts + used;
	used += strlen(at) + 1;
	return true;
}

static int find_unusual(struct cgroup_place *place, const char *controller)
{
	static char text[MOUNTINFO_MAX];
	char *line = text, *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", text, sizeof(text)) <
	    0)
		return -1;
	for (; line; line = rest) {
		rest = split_at(line, '\n');
		if (is_hierarchy(place, line, controller))
			return 0;
	}
	errno = ENOENT;
	return -1;
}

static int find(struct cgroup_place *place, const char *controller)
{
	if (find_own(place, controller) < 0)
		return -1;
	if (!find_usual(place, controller) &&
	    find_unusual(place, controller) < 0)
		return -1;
	/* Where only a part of the hierarchy is mounted, as in a container
	 * without a cgroup namespace, that part is what we have. */
	if (strcmp(place->own, "/") != 0 && !is_there(place->mount, place->own))
		place->own = "/";
	place->version = *controller ? 1 : 2;
	return 0;
}

/* The root of v2 lists what no v1 hierarchy has taken.  Files that begin with
 * "cgroup." belong to no controller, and devices are a matter of BPF. */
static bool is_offered(const struct cgroup_place *place, const char *controller)
{
	char path[PATH_MAX], list[1024];

	if (strcmp(controller, "cgroup") == 0 ||
	    strcmp(controller, "devices") == 0)
		return true;
	return format(path, sizeof(path), "%s/cgroup.controllers",
		      place->mount) == 0 &&
	       read_file_at(AT_FDCWD, path, list, sizeof(list)) > 0 &&
	       has_word(list, controller, ' ');
}

int cgroup_place(struct cgroup_place *place, const char *controller)
{
	*place = (struct cgroup_place){ .version = 0 };
	if (find(place, controller) == 0)
		return 0;
	if (find(place, "") < 0)
		return -1;
	if (is_offered(place, controller))
		return 0;
	errno = ENOENT;
	return -1;
}
