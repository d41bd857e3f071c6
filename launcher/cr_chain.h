/* cr_chain.h - the images that an image builds on
 *
 *	DIR/3  --PARENT-->  DIR/2  --PARENT-->  DIR/1
 *
 * An image with parents is complete but for pages that have not changed: a PAGES says
 * in which of them these are, and where.  So who restores has to open all files with
 * pages, but to read one core.img.  A PARENT is known by a number that nobody else has, and
 * found by its place relative to the image, so that all of them may be moved together.
 */
#pragma once

#include <stdbool.h>

#include "cr_image.h"

/* Open all files with pages of an image that is at where, and of each PARENT, but for
 * the first, which is open; path: its name, for messages.  Those that are empty are
 * -1.  -1: reported, and none is open. */
int cr_chain_open(const struct cr_image *image, const char *where,
		  const char *path, int fds[CR_STORES_MAX]);
void cr_chain_close(const struct cr_image *image, int fds[CR_STORES_MAX]);

/* Do they hold what was written?  -1: reported. */
int cr_chain_check(const struct cr_image *image, const int fds[CR_STORES_MAX],
		   const char *path);

/* Read the image that another one, which goes to dir, is to build on.  -1:
 * reported. */
int cr_chain_begin(const char *path, int dir);

/* The number of that; 0: there is none. */
uint64_t cr_chain_id(void);

/* The PARENTs of the new one. */
int cr_chain_describe(struct cr_image *image);

/* Without a parent: go on from MEMORY and PAGES that are in the new one already. */
void cr_chain_go_on(const struct cr_image *copied);

/* The first pages of process pid between two addresses that any of them has: true and
 * how the new one refers to them.  In the order of addresses. */
bool cr_chain_find(int pid, uint64_t from, uint64_t to, struct cr_pages *found);
