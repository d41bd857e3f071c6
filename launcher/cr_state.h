/* cr_state.h - what a process is, but for its files and memory, into an image
 *
 * What only the process itself may ask for it asks for us: see cr_remote.h.
 */
#pragma once

#include <stdint.h>

#include "cr_image.h"

struct cr_held;
struct cr_seized;

/* Before anything is held: what no process can be that is to be checkpointed.
 * -1: reported, as with all functions here. */
int cr_state_check(const struct cr_seized *s, const struct cr_held *p);

/* PROCESS, and what belongs to it up to its ranges of memory.  Its threads come
 * later: cr_state_dump_threads(). */
int cr_state_dump(struct cr_image *image, struct cr_seized *s,
		  const struct cr_held *p, uint64_t *vdso_sum);
