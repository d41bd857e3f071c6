/* restore.c - launch restore: let a container go on from an image */
#include "launcher/restore.h"
#include "cmd.h"
#include "common/report.h"
#include "launcher/option.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static struct spec spec;
static struct restore restore; /* large */

int cmd_restore(const struct args *args)
{
	if (!args->dir) {
		failx("where from? (--dir)");
		return STATUS_USAGE;
	}
	if (args->name && !option_is_name(args->name)) {
		failx("bad name '%s' (--name)", args->name);
		return STATUS_USAGE;
	}
	restore.lazy = args->lazy;
	restore.strict = args->strict_files;
	spec.state_dir = args->state_dir;
	if (restore_open(&restore, args->dir) < 0 ||
	    restore_spec(&restore, &spec, args->name) < 0)
		return STATUS_FAILED;
	return run_container(&spec, restore_has_tty(&restore), &restore);
}
