/* cgroup_v1.c - a group in one hierarchy of controllers */
#include "cgroup_v1.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cgroup_place.h"
#include "common/count.h"
#include "common/io.h"
#include "common/text.h"

int cgroup_v1_path(const struct cgroup_place *place, const char *name,
		   char *path, size_t size)
{
	bool at_root = strcmp(place->own, "/") == 0;

	return format(path, size, "%s%s/launch.%s", place->mount,
		      at_root ? "" : place->own, name);
}

bool cgroup_v1_is_ours(const struct cgroup_place *place)
{
	char path[PATH_MAX];

	return format(path, sizeof(path), "%s%s", place->mount, place->own) ==
		       0 &&
	       access(path, W_OK) == 0;
}

int cgroup_v1_fill_cpuset(int dir)
{
	static const struct {
		const char *file, *parent;
	} files[] = {
		{ "cpuset.cpus", "../cpuset.cpus" },
		{ "cpuset.mems", "../cpuset.mems" },
	};
	char value[4096];

	for (size_t i = 0; i < COUNT(files); i++)
		if (read_file_at(dir, files[i].parent, value, sizeof(value)) <
			    0 ||
		    write_file_at(dir, files[i].file, "%s", value) < 0)
			return -1;
	return 0;
}
