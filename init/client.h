/* client.h - telling the minit that is PID 1 what to do */
#pragma once

#include <stdbool.h>

/* Is it a name under which there is something to tell: halt, poweroff, reboot,
 * telinit, shutdown? */
bool client_is_name(const char *program);

/* Tell it by argv: "minit stop sshd", "reboot", "telinit q".  Returns the
 * status to exit with. */
int client_run(char **argv);
