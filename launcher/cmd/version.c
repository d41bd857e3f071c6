/* version.c - launch version */
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"

int cmd_version(const struct args *args)
{
	dprintf(STDOUT_FILENO, args->json ? "{\"version\":\"" VERSION "\"}\n"
					  : "launch " VERSION "\n");
	return 0;
}
