/* signals.h - signals by name, number and all at once
 *
 * Everything here speaks the kernel's numbers 1 to 64.  libcs keep some to
 * themselves (musl's SIGRTMIN is 35), so "RTMIN+3" is literally 37, as systemd,
 * LXC and docker send it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIGNALS_MAX = 64, SIGNAL_RTMIN = 34 };

/* "TERM", "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-1"; 0 if none. */
int signal_number(const char *name);

/* "TERM", or "37" for the nameless; in a buffer that the next call reuses. */
const char *signal_name(int number);

/* The kernel's own mask, bit n-1 for signal n: all 64, past the libc. */
int signals_block_all(uint64_t *old);
int signals_set_mask(const uint64_t *mask);

/* Wait for any signal that is blocked, all 64, and take it.  -1 with EAGAIN when
 * none has come in that time; timeout_ms < 0: for ever. */
int signals_wait(int timeout_ms);

/* The same as a signalfd(2), non-blocking. */
int signals_open(void);

/* Which signals this process ignores. */
uint64_t signals_ignored(void);

/* Which signals another process blocks, ignores or catches: the rest takes its
 * default course.  -1 when it is gone. */
int signals_of(pid_t pid, uint64_t *known);

/* Give those of the mask their default disposition again. */
void signals_reset(uint64_t mask);
/* SIG_DFL or SIG_IGN for any of the 64; returns what it was, or SIG_ERR. */
typedef void signal_handler(int number);
signal_handler *signal_set(int number, signal_handler *handler);
