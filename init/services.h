/* services.h - all of them: what the inittab says, as it stands now */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "inittab.h"

struct service;

/* Make services of the lines.  Those whose lines are as they were go on;
 * changed ones restart, and those without a line stop.  tab must live until
 * the next but one call. */
void services_load(const struct inittab *tab);

unsigned int services_count(void);
struct service *service_at(unsigned int index);
struct service *service_find(const char *name);

/* Start all whose action is in the set and whose runlevels have this one. */
void services_start(unsigned int actions);

/* Is there a line with such an action, in this runlevel? */
bool services_have(unsigned int actions);

/* Are all of the set ready? */
bool services_are_ready(const struct line_set *set);

/* Does any wait for its terminal? */
bool services_are_parked(void);

/* Stop what is kept alive but not in this runlevel. */
void services_stop_others(void);

/* The runlevel that is gone by; 0: none, all lines count. */
void services_set_level(char level);
char services_level(void);

/* From now on nothing starts by itself, and who waits does so no longer. */
void services_freeze(void);

/* A child has ended; it may be nobody's. */
void services_reaped(pid_t pid, int status);

/* When the next timeout is due, in now_ms()'s time; INT64_MAX: never. */
int64_t services_wake_ms(void);

/* Send the timeouts that are due, and let those that wait for others, or for a
 * terminal, look again. */
void services_tick(void);
