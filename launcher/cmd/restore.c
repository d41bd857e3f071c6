/* restore.c - launch restore: let a container go on from an image */
#include "launcher/restore.h"

#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/report.h"
#include "launcher/option.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static struct spec spec;
static struct restore restore; /* large */

int cmd_restore(const struct args *args)
{
	const bool stream = args->count > 0;

	if (stream && strcmp(args->operands[0], "-") != 0) {
		failx("cannot restore '%s': only a directory (-D DIR) or -, standard input",
		      args->operands[0]);
		return STATUS_USAGE;
	}
	if (!args->dir && !stream) {
		failx("cannot restore: no image is given (-D DIR, or - for standard input)");
		return STATUS_USAGE;
	}
	if (stream && isatty(STDIN_FILENO)) {
		failx("cannot restore: standard input is a terminal (-)");
		return STATUS_USAGE;
	}
	if (args->lazy && args->eager) {
		failx("cannot bring memory both later and at once (--lazy, --eager)");
		return STATUS_USAGE;
	}
	if (args->name && !option_is_name(args->name)) {
		failx("bad name '%s' for --name", args->name);
		return STATUS_USAGE;
	}
	if (geteuid() != 0) {
		failx("cannot restore: it needs root");
		return STATUS_FAILED;
	}
	restore.lazy = args->lazy;
	restore.eager = args->eager;
	restore.strict = args->strict_files;
	spec.state_dir = args->state_dir;
	if ((stream ? restore_open_stream(&restore, args->dir)
		    : restore_open(&restore, args->dir)) < 0 ||
	    restore_spec(&restore, &spec, args->name) < 0)
		return STATUS_FAILED;
	return run_container(&spec, restore_has_tty(&restore), &restore);
}
