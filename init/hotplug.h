/* hotplug.h - hearing of new device nodes, for lines without a terminal */
#pragma once

/* The fd to wait on, opened when it is first wanted; -1 before, and when the
 * kernel has none for us. */
int hotplug_fd(void);
void hotplug_want(void);

/* Forget what has been heard: the next look will tell. */
void hotplug_drain(void);
