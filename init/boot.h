/* boot.h - bringing the lines up, in the order of their actions */
#pragma once

/* Read the inittab for the first time, or as a reload. */
void boot_load(void);

/* Begin with the first lines.  level is what the command line asked for, or 0
 * for what the inittab says. */
void boot_begin(char level);

/* Go on as far as nothing has to be waited for. */
void boot_step(void);

/* Go over to another runlevel. */
void boot_change_level(char level);

/* Let it be: we are to shut down. */
void boot_stop(void);
