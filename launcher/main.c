/* main.c - launch: find the command that was typed and run it */
#include <string.h>

#include "cmd/cmd.h"
#include "common/count.h"
#include "common/io.h"
#include "common/report.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", cmd_run },
	{ "version", cmd_version },
	{ "--version", cmd_version },
};

int main(int argc, char **argv)
{
	report_name("launch");
	open_standard_fds();
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return cmd_run(argc, argv);
}
