/* signals.h - signals by name, number and all at once
 *
 * Everything here speaks the kernel's numbers 1 to 64.  libcs keep some to
 * themselves (musl's SIGRTMIN is 35), so "RTMIN+3" is literally 37, as systemd,
 * LXC and docker send it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIGNALS_MAX = 64, SIGNAL_RTMIN = 34 };

/* "TERM", "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-1"; 0 if none. */
int signal_number(const char *name);

/* "TERM", or "37" for the nameless; in a buffer that the next call reuses. */
const char *signal_name(int number);

/* The kernel's own mask, bit n-1 for signal n: all 64, past the libc. */
int signals_block_all(uint64_t *old);
int signals_set_mask(const uint64_t *mask);
