/* shutdown.h - the way down */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum shutdown_kind {
	SHUTDOWN_HALT,
	SHUTDOWN_POWEROFF,
	SHUTDOWN_REBOOT,
	SHUTDOWN_RESTART, /* become the restart line's command */
};

/* Begin; in a container exit_with is what minit exits with, unless it reboots.
 * Asked a second time, what is waited for is waited for no longer. */
void shutdown_begin(enum shutdown_kind wanted, int exit_with);

/* Has it begun? */
bool shutdown_is_on(void);

/* Go on as far as nothing has to be waited for.  alone: no child is left.
 * Returns when there is no more to do: then it is time for shutdown_end(). */
bool shutdown_step(bool alone);

/* When to call shutdown_step() at the latest; INT64_MAX: no need. */
int64_t shutdown_wake_ms(void);

/* The end.  Returns only if a restart failed. */
void shutdown_end(void);
