/* checkpoint.c - launch checkpoint: save a container in a directory */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/report.h"
#include "launcher/checkpoint.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/cr_image.h"
#include "launcher/cr_track.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static struct container container; /* large, as both */
static struct spec spec;

/* NULL, or why these do not go together. */
static const char *contradiction(const struct args *args)
{
	if (!args->dir && !args->stream && !args->check)
		return "no directory is given (-D DIR, or --stream)";
	if (args->dir && args->stream)
		return "it goes into a directory or a stream (--dir, --stream)";
	if (args->stream && isatty(STDOUT_FILENO))
		return "standard output is a terminal (--stream)";
	if (args->stream && (args->parent || args->pre_dump))
		return "a stream has no parent, and is none (--stream, --parent, --pre-dump)";
	if (args->stream && args->direct)
		return "a stream has no page cache to go past (--stream, --direct)";
	if (args->tcp_established && args->tcp_close)
		return "connections are kept or reset (--tcp-established, --tcp-close)";
	return NULL;
}

int cmd_checkpoint(const struct args *args)
{
	struct checkpoint wanted = {
		.container = &container,
		.spec = &spec,
		.dir = -1,
		.parent = args->parent,
		.direct = args->direct,
		.leave = args->leave_running || args->pre_dump,
		.track = args->pre_dump,
		.check = args->check,
		.json = args->json,
		.keep_tcp = args->tcp_established,
		.close_tcp = args->tcp_close,
		.cut_unix = args->ext_unix && args->ext_unix[0] == 'c',
	};
	const char *wrong = contradiction(args);
	bool made = false;
	int status;

	if (wrong) {
		failx("cannot checkpoint '%s': %s", args->operands[0], wrong);
		return STATUS_USAGE;
	}
	if (args->ext_unix && strcmp(args->ext_unix, "close") != 0 &&
	    strcmp(args->ext_unix, "refuse") != 0)
		return command_bad(args->ext_unix, "ext-unix", "close, refuse");
	if ((args->parent || args->pre_dump) && !args->check &&
	    cr_track_check() < 0)
		return STATUS_FAILED;
	if (container_find_running(&container, args->state_dir,
				   args->operands[0]) < 0)
		return STATUS_FAILED;
	if (container_load_spec(&container, &spec) < 0 ||
	    spec_finish(&spec) < 0 ||
	    (args->dir && !args->check &&
	     (wanted.dir = cr_image_dir(args->dir, &made)) < 0))
		return STATUS_FAILED;
	status = checkpoint(&wanted);
	/* An empty one is as good as none to who finds it later. */
	if (status != 0 && made)
		rmdir(args->dir);
	fd_close(&wanted.dir);
	container_close(&container);
	return status;
}
