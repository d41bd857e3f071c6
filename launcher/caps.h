/* caps.h - which of root's powers the command keeps */
#pragma once

#include <stdint.h>

/* Keep only these capabilities (bit n: capability n) in the bounding set.
 * Before the uid changes; dies on failure. */
void caps_bound(uint64_t keep);

/* Keep only these permitted and effective: for root only, another user has
 * none after setuid(2).  Dies on failure. */
void caps_limit(uint64_t keep);
