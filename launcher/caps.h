/* caps.h - which of root's powers the command keeps */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Keep only these capabilities (bit n: capability n) in the bounding set.
 * Before the uid changes; dies on failure. */
void caps_bound(uint64_t keep);

/* Keep only these permitted and effective: for root only, another user has
 * none after setuid(2).  all: as many of them as we have.  Dies on failure. */
void caps_limit(uint64_t keep, bool all);

/* For another user: before the uid changes, do not lose all; afterwards keep
 * these, also through exec(2) (ambient, since Linux 4.3).  Die on failure. */
void caps_keep(void);
void caps_pass_on(uint64_t keep, bool all);
