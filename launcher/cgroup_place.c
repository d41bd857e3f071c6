/* cgroup_place.c - where a controller is mounted, and where we are in it
 *
 *	/proc/self/cgroup		/proc/self/mountinfo
 *	4:memory:/user/x		... /sys/fs/cgroup/memory ... cgroup ...
 *	2:cpu,cpuacct:/			... /sys/fs/cgroup/unified ... cgroup2 ...
 *	0::/user.slice/session-1.scope
 *
 * The first says which hierarchy has a controller and where we are in it.  Its
 * mount is nearly always in the usual place; mountinfo, which is long, is read
 * only where it is not.
 */
#include "cgroup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/text.h"

enum { MEMBERSHIPS_MAX = 8192, MOUNTINFO_MAX = 262144 };

static bool has_word(const char *list, const char *word, char sep)
{
	size_t len = strlen(word);

	for (; list; list = strchr(list, sep), list = list ? list + 1 : NULL)
		if (strncmp(list, word, len) == 0 &&
		    (list[len] == '\0' || list[len] == sep))
			return true;
	return false;
}

/* Our group in the hierarchy of a controller, "" being that of v2. */
static int find_own(struct cgroup_place *place, const char *controller)
{
	char text[MEMBERSHIPS_MAX];
	char *line = text, *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return -1;
	for (; line; line = rest) {
		char *list, *path;

		rest = split_at(line, '\n');
		list = split_at(line, ':');
		path = list ? split_at(list, ':') : NULL;
		if (!path || (*controller ? !has_word(list, controller, ',')
					  : *list != '\0'))
			continue;
		parse_uint(line, UINT64_MAX, &place->hierarchy);
		return copy_text(place->own, sizeof(place->own), path);
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

	if (*controller)
		return format(place->mount, sizeof(place->mount),
			      "/sys/fs/cgroup/%s", controller) == 0 &&
		       is_there(place->mount, "cgroup.procs");
	for (size_t i = 0; i < COUNT(unified); i++) {
		copy_text(place->mount, sizeof(place->mount), unified[i]);
		if (is_there(place->mount, "cgroup.controllers"))
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
	return copy_text(place->mount, sizeof(place->mount), at) == 0;
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
	if (!is_there(place->mount, place->own))
		copy_text(place->own, sizeof(place->own), "/");
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
