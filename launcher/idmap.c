/* idmap.c - the host's files with the ids that a user namespace has for them */
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "userns.h"

/* A copy of ours would be a peer of the host's, and what is mounted in it would
 * come out. */
static int copy_tree(const char *path, bool recursive)
{
	const unsigned int all = recursive ? AT_RECURSIVE : 0;
	struct mount_attr attr = { .propagation = MS_SLAVE };
	autofd int tree =
		sys_open_tree(AT_FDCWD, path,
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | all);

	if (tree < 0 ||
	    sys_mount_setattr(tree, "", AT_EMPTY_PATH | all, &attr) < 0)
		return -1;
	return fd_take(&tree);
}

static bool is_stranger(const char *path, const struct id_map *uids)
{
	struct stat st;

	return stat(path, &st) == 0 && !userns_has(uids, st.st_uid);
}

int idmap_open(struct idmap *m, const struct spec *spec, const struct userns *u,
	       int image)
{
	const struct id_map *uids = &u->uids;

	memset(m, 0xff, sizeof(*m));
	if (u->uid != 0)
		return 0;
	if (image >= 0) {
		m->root = fcntl(image, F_DUPFD_CLOEXEC, 3);
	} else if (is_stranger(spec->rootfs, uids)) {
		m->root = copy_tree(spec->rootfs, !spec->ephemeral);
		if (m->root < 0)
			return fail("cannot map the owners of '%s' (--userns)",
				    spec->rootfs);
	}
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct mount_spec *v = spec->mounts + i;

		if (strcmp(v->type, "bind") != 0 ||
		    !is_stranger(v->source, uids))
			continue;
		m->sources[i] = copy_tree(v->source, v->flags & MS_REC);
		if (m->sources[i] < 0)
			warn("cannot map the owners of '%s' (--volume)",
			     v->source);
	}
	return 0;
}

static int translate(int tree, int userns)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns,
	};

	return sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr);
}

static const char *explain(void)
{
	return errno == EINVAL  ? " (its filesystem cannot, on this kernel)"
	       : errno == EPERM ? " (only root can)"
				: "";
}

static bool is_used(const struct idmap *m)
{
	size_t i = 0;

	while (i < COUNT(m->sources) && m->sources[i] < 0)
		i++;
	return m->root >= 0 || i < COUNT(m->sources);
}

int idmap_apply(const struct idmap *m, const struct spec *spec, pid_t pid)
{
	autofd int userns = -1;
	char path[48];

	if (!is_used(m))
		return 0;
	if (format(path, sizeof(path), "/proc/%d/ns/user", pid) == 0)
		userns = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (userns < 0)
		return fail("cannot open the user namespace");
	if (m->root >= 0 && translate(m->root, userns) < 0)
		return fail("cannot map the owners of '%s' (--userns)%s",
			    spec->rootfs, explain());
	for (size_t i = 0; i < spec->mount_count; i++)
		if (m->sources[i] >= 0 && translate(m->sources[i], userns) < 0)
			warn("cannot map the owners of '%s' (--volume)%s",
			     spec->mounts[i].source, explain());
	return 0;
}

void idmap_close(struct idmap *m)
{
	fd_close(&m->root);
	for (size_t i = 0; i < COUNT(m->sources); i++)
		fd_close(&m->sources[i]);
}
