/* cr_tree.h - the processes of an image, forked with the pids they had
 *
 * Whoever calls cr_tree_grow() is the first of them, with pid 1; it returns in
 * each.  A session is entered by being forked in it, so who forks whom is not
 * always who was whose parent:
 *
 *	LATE	  by its parent
 *	EARLY	  by its parent, before that makes a session of its own
 *	INDIRECT  by the leader of its session, through a helper that ends, so
 *		  that it becomes a child of init's: as daemons do it
 *	ORPHANED  the leader is no more: a helper with its pid
 */
#pragma once

#include <stddef.h>

#include "cr_image.h"

/* Fork them all; returns who we are.  Dies. */
size_t cr_tree_grow(const struct cr_image *image);

/* In each: join its process group; returns when all have done so.  Dies. */
void cr_tree_join_groups(const struct cr_image *image, size_t self);

/* A process that had ended ends again, the same way; a parent waits for those
 * of its children, and leaves them. */
void cr_tree_end_again(const struct cr_process *p);
void cr_tree_await_ended(const struct cr_image *image, size_t self);
