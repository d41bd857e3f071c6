/* cr_ipc.h - System V's shared memory, semaphores and queues, into an image and back
 *
 * They belong to the ipc namespace, and outlive who has made them.  What a process
 * would take back at its end (SEM_UNDO) the kernel tells nobody.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_steps;

/* Has the container a namespace of its own for them? */
bool cr_ipc_is_own(pid_t init);

/* IPCs and MESSAGEs of that namespace, which this process is in behind it.  -1:
 * reported. */
int cr_ipc_dump(struct cr_image *image, pid_t init);

/* In the container, before anybody needs them.  Dies. */
void cr_ipc_restore(const struct cr_image *image);

/* What was to go with its last user is so again, now that it has them: to be called
 * from outside, by who is in no hurry.  -1: reported. */
int cr_ipc_finish(const struct cr_image *image, pid_t init);

/* How large the memory is that a range is (a part of). */
size_t cr_ipc_size(const struct cr_image *image, const struct cr_vma *v);

/* Steps that make such a range; aside: as much room. */
void cr_ipc_map(struct cr_steps *s, const struct cr_vma *v, uint64_t aside);
