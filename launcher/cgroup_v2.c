/* cgroup_v2.c - a group on the unified hierarchy
 *
 * A controller is available in a group when every group above it lists it in
 * cgroup.subtree_control, and a group other than the root that lists one must
 * not have processes itself ("no internal processes", cgroups(7)).  Ours has
 * at least us.  So the container's group is beside ours: below the nearest
 * ancestor, for which we switch the controllers on from the top down.  They
 * stay on: others may have come to use them meanwhile.
 */
#include "cgroup_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cgroup_place.h"
#include "common/io.h"
#include "common/text.h"

/* Write to the control file of the group that the first len bytes of own name.
 * The root is the empty name. */
static int enable(const struct cgroup_place *place, size_t len,
		  const char *controllers)
{
	char path[PATH_MAX];

	if (format(path, sizeof(path), "%s%.*s/cgroup.subtree_control",
		   place->mount, (int)len, place->own) < 0)
		return -1;
	return write_file_at(AT_FDCWD, path, "%s", controllers);
}

/* The length of the parent's name. */
static size_t parent(const struct cgroup_place *place, size_t len)
{
	while (len > 0 && place->own[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* Switch on what we may, from the root down to just above len. */
static void enable_above(const struct cgroup_place *place, size_t len,
			 const char *controllers)
{
	for (size_t i = 0; i < len; i++)
		if (place->own[i] == '/')
			enable(place, i, controllers);
}

static bool can_give(const struct cgroup_place *place, size_t len,
		     const char *controllers)
{
	if (enable(place, len, controllers) == 0)
		return true;
	if (errno != ENOENT || len == 0)
		return false;
	enable_above(place, len, controllers);
	return enable(place, len, controllers) == 0;
}

int cgroup_v2_path(const struct cgroup_place *place, const char *name,
		   const char *controllers, char *path, size_t size)
{
	size_t len = strcmp(place->own, "/") == 0 ? 0 : strlen(place->own);

	len = parent(place, len);
	while (!can_give(place, len, controllers)) {
		if (len == 0)
			return -1;
		len = parent(place, len);
	}
	return format(path, size, "%s%.*s/launch.%s", place->mount, (int)len,
		      place->own, name);
}

bool cgroup_v2_is_ours(const struct cgroup_place *place, const char *controller)
{
	size_t len = parent(place, strlen(place->own));
	char path[PATH_MAX], wish[40];

	if (format(path, sizeof(path), "%s%.*s/cgroup.procs", place->mount,
		   (int)len, place->own) < 0 ||
	    access(path, W_OK) < 0)
		return false;
	if (strcmp(controller, "cgroup") != 0)
		return format(wish, sizeof(wish), "+%s", controller) == 0 &&
		       enable(place, len, wish) == 0;
	*strrchr(path, '/') = '\0';
	return access(path, W_OK) == 0;
}
