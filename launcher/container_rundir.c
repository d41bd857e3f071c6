/* container_rundir.c - where the state of all containers of a user is */
#include "container_rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "container.h"

static const char *default_rundir(char *buf, size_t size)
{
	const char *dir = getenv("LAUNCH_RUNDIR");
	unsigned int uid;

	if (dir && *dir)
		return dir;
	uid = (unsigned int)getauxval(AT_EUID);
	dir = uid ? getenv("XDG_RUNTIME_DIR") : NULL;
	if (dir && *dir && format(buf, size, "%s/launch", dir) == 0)
		return buf;
	/* Of who has come by su(1), or by cron(8), the session is another. */
	if (uid == 0 || format(buf, size, "/run/user/%u", uid) < 0)
		return "/run/launch";
	if (format(buf, size,
		   access(buf, W_OK) == 0 ? "/run/user/%u/launch"
					  : "/tmp/launch-%u",
		   uid) < 0)
		return "/run/launch";
	return buf;
}

/* Somebody else's directory, or one that a symlink leads to, could make us
 * write and remove files anywhere. */
static int check_owner(struct container *c, int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return fail("cannot stat '%s' (--state-dir)", path);
	if (st.st_uid != getauxval(AT_EUID) || (st.st_mode & 022))
		return failx("cannot use '%s' (--state-dir): %s", path,
			     st.st_mode & 022 ? "others can write to it"
					      : "it is not yours");
	/* Two links: empty, but where directories are not counted at all. */
	c->has_neighbours = st.st_nlink != 2;
	return 0;
}

/* With its parents: a box that has just booted may lack /run itself. */
static int make_dirs(const char *path)
{
	static char part[PATH_MAX];
	size_t len = strlen(path);

	for (size_t i = 1; i <= len && i < sizeof(part); i++) {
		if (i < len && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i < len ? 0755 : 0711) < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static const char *explain(void)
{
	return errno == EACCES && getauxval(AT_EUID) ? " (are you root?)" : "";
}

static int open_dir(const char *path)
{
	return openat(AT_FDCWD, path,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int use_rundir(struct container *c, const char *path, int fd)
{
	autofd int dir = fd;

	if (dir < 0)
		return fail("cannot open '%s' (--state-dir)%s", path,
			    explain());
	if (check_owner(c, dir, path) < 0)
		return -1;
	c->rundir = fd_take(&dir);
	return 0;
}

static char rundir_buf[PATH_MAX]; /* touched only by a plain user */

int container_open_rundir(struct container *c, const char *path)
{
	int dir;

	if (!path)
		path = default_rundir(rundir_buf, sizeof(rundir_buf));
	dir = open_dir(path);
	if (dir < 0 && errno == ENOENT)
		return -1;
	return use_rundir(c, path, dir);
}

int container_make_rundir(struct container *c, const char *path)
{
	int dir;

	if (!path)
		path = default_rundir(rundir_buf, sizeof(rundir_buf));
	dir = open_dir(path);
	if (dir < 0 && errno == ENOENT) {
		if (make_dirs(path) < 0)
			return fail("cannot create '%s' (--state-dir)%s", path,
				    explain());
		dir = open_dir(path);
	}
	return use_rundir(c, path, dir);
}
