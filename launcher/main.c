/* main.c - launch: find the command that was typed and run it */
#include <limits.h>
#include <string.h>

#include "cmd/cmd.h"
#include "common/count.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "process.h"
#include "self.h"
#include "stem.h"

/* clang-format off */
static const struct command commands[] = {
	{ "run", cmd_run, NULL, "", "[OPTIONS] --rootfs DIR [--] COMMAND [ARGUMENT...]",
	  "start a container; \"run\" can be left out", 0, 0 },
	{ "exec", cmd_exec, NULL, "", "[OPTIONS] NAME COMMAND [ARGUMENT...]",
	  "one more command in a container", 0, 0 },
	{ "list", NULL, cmd_list, "json", "",
	  "the containers there are", 0, 0 },
	{ "inspect", NULL, cmd_inspect, "json", "NAME|DIR/...",
	  "all that is known about one, or in a checkpoint, as JSON", 1, INT_MAX },
	{ "stop", NULL, cmd_stop, "json", "NAME...",
	  "ask it to end, and see to it", 1, INT_MAX },
	{ "kill", NULL, cmd_kill, "", "NAME [SIGNAL]",
	  "send a signal; default: KILL", 1, 2 },
	{ "freeze", NULL, cmd_freeze, "", "NAME...",
	  "stop all of it where it is", 1, INT_MAX },
	{ "thaw", NULL, cmd_thaw, "", "NAME...",
	  "let it go on", 1, INT_MAX },
	{ "checkpoint", NULL, cmd_checkpoint, "dir stream leave-running pre-dump parent direct check json tcp-established tcp-close ext-unix", "NAME",
	  "save all of it in a directory, and end it", 1, 1 },
	{ "restore", NULL, cmd_restore, "dir name lazy eager strict-files", "[-]",
	  "let it go on from there", 0, 1 },
	{ "console", NULL, cmd_console, "", "NAME",
	  "its terminal; ctrl-a q leaves it", 1, 1 },
	{ "logs", NULL, cmd_logs, "follow since", "NAME",
	  "what it has written", 1, 1 },
	{ "device", NULL, cmd_device, "json up no-addresses", "add|del|list NAME [DEVICE [AS]]",
	  "plug devices in and out", 2, 4 },
	{ "stats", NULL, cmd_stats, "json", "[NAME]",
	  "what containers use", 0, 1 },
	{ "top", NULL, cmd_top, "interval rounds", "",
	  "the same, live", 0, 0 },
	{ "update", cmd_update, NULL, "", "[OPTIONS] NAME",
	  "change its limits", 0, 0 },
	{ "events", NULL, cmd_events, "json", "[NAME]",
	  "what happens to containers", 0, 1 },
	{ "wait", NULL, cmd_wait, "json", "NAME",
	  "wait for its end, and exit as it does", 1, 1 },
	{ "prune", NULL, cmd_prune, "json", "",
	  "clear away what killed launchers left", 0, 0 },
	{ "check", NULL, cmd_check, "json", "[ROOTFS]",
	  "what this machine can do, and what a root lacks", 0, 1 },
	{ "version", NULL, cmd_version, "json", "",
	  "what this is", 0, 0 },
	{ "--version", NULL, cmd_version, "json", "", NULL, 0, 0 },
};
/* clang-format on */

const struct command *command_at(unsigned int n)
{
	return n < COUNT(commands) && commands[n].help ? commands + n : NULL;
}

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c < commands + COUNT(commands);
	     c++)
		if (strcmp(name, c->name) == 0)
			return c;
	return NULL;
}

/* Options, or a command to be run that was typed without a root. */
static bool is_for_run(const char *word)
{
	return word[0] == '-' || strchr(word, '/');
}

static int refuse(const char *name)
{
	const char *nearest = NULL;

	for (const struct command *c = commands; c < commands + COUNT(commands);
	     c++)
		text_nearer(name, c->name, &nearest);
	if (nearest)
		failx("unknown command '%s' (did you mean %s?)", name, nearest);
	else
		failx("unknown command '%s' (see launch --help)", name);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *c;

	report_name("launch");
	if (argc >= 2 && strcmp(argv[1], "stem") == 0 && stem_is_wanted())
		stem(argc > 2 ? argv[2] : "");
	if (self_is_strayed()) {
		failx("cannot execute '/proc/self/exe': that is the host's launch");
		return STATUS_NOT_EXECUTABLE;
	}
	open_standard_fds();
	if (argc < 2 || is_for_run(argv[1])) {
		c = argc < 2 ? NULL : command_find(argv[1]);
		return c ? command_run(c, argc - 1, argv + 1)
			 : cmd_run(argc, argv);
	}
	c = command_find(argv[1]);
	return c ? command_run(c, argc - 1, argv + 1) : refuse(argv[1]);
}
