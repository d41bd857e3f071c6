/* machine.h - being PID 1 of a machine rather than of a container */
#pragma once

#include <stdbool.h>

#include "shutdown.h"

/* Find out, once; as PID 1 only, as it would switch Ctrl-Alt-Del from a reset
 * to a signal. */
void machine_detect(void);
bool is_machine(void);

/* Mount what a machine's PID 1 finds missing: /proc, /sys, /dev, ... */
void machine_mount(void);

/* Swap off, unmount, sync, and be gone.  Does not return. */
_Noreturn void machine_end(enum shutdown_kind kind);

/* reboot(2): in a container the kernel ends PID 1 by it, if it may. */
void machine_reboot(enum shutdown_kind kind);
