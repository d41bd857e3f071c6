/* utmp.h - who and w show what getty, login and init have written here */
#pragma once

#include <sys/types.h>

enum utmp_kind { UTMP_BOOT = 2, UTMP_INIT = 5, UTMP_DEAD = 8 };

/* Write the terminal's record, if /var/run/utmp exists.  id: the line's, such
 * as "tty1"; for UTMP_BOOT it is "~". */
void utmp_write(enum utmp_kind kind, const char *id, pid_t pid);
