/* checkpoint.c - launch checkpoint: save a container in a directory */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/report.h"
#include "launcher/checkpoint.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static struct container container; /* large, as both */
static struct spec spec;

static int open_dir(const char *path)
{
	int dir;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail("cannot create '%s' (--dir)", path);
	dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? fail("cannot open '%s' (--dir)", path) : dir;
}

int cmd_checkpoint(const struct args *args)
{
	struct checkpoint wanted = {
		.container = &container,
		.spec = &spec,
		.dir = -1,
		.leave = args->leave_running,
		.check = args->check,
		.json = args->json,
	};
	int status;

	if (!args->dir && !args->check) {
		failx("where to? (--dir)");
		return STATUS_USAGE;
	}
	if (container_find_running(&container, args->state_dir,
				   args->operands[0]) < 0)
		return STATUS_FAILED;
	if (container_load_spec(&container, &spec) < 0 ||
	    spec_finish(&spec) < 0 ||
	    (!args->check && (wanted.dir = open_dir(args->dir)) < 0))
		return STATUS_FAILED;
	status = checkpoint(&wanted);
	fd_close(&wanted.dir);
	container_close(&container);
	return status;
}
