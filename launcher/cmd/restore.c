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

/* NULL, or why these do not go together. */
static const char *contradiction(const struct args *args, bool stream)
{
	if (!args->dir && !stream)
		return "no image is given (-D DIR, or - for standard input)";
	if (stream && isatty(STDIN_FILENO))
		return "standard input is a terminal";
	if (args->lazy && args->eager)
		return "memory comes later or at once (--lazy, --eager)";
	return NULL;
}

int cmd_restore(const struct args *args)
{
	const bool stream = args->count > 0;
	const char *why = contradiction(args, stream);

	if (stream && strcmp(args->operands[0], "-") != 0) {
		failx("cannot restore '%s': only a directory (-D DIR) or -, standard input",
		      args->operands[0]);
		return STATUS_USAGE;
	}
	if (why) {
		failx("cannot restore: %s", why);
		return STATUS_USAGE;
	}
	if (args->name && !option_is_name(args->name))
		return command_bad(args->name, "name", "letters, digits, _.-");
	if (geteuid() != 0) {
		failx("cannot restore: that needs root");
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
