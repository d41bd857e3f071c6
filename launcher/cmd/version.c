/* version.c - launch version */
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	dprintf(STDOUT_FILENO, "launch " VERSION "\n");
	return 0;
}
