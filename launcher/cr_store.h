/* cr_store.h - the files of an image that hold pages: pages.img and pages-2.img
 *
 * The kernel lets one at a time write to a file.  So that two can copy much memory
 * there are two, each with an end and a sum of its own; what a container has besides
 * memory, and little memory, is in the first.
 */
#pragma once

#include "cr_image.h"

extern const char *const cr_store_names[CR_STORES];

/* A checksum, of whatever it is. */
uint64_t cr_sum(const void *bytes, size_t size);

/* Make the file anew, unless it is there; of one image either may be written to in
 * another process, which has to bring back what becomes of its end.  -1: reported. */
int cr_store_create(struct cr_image *image, size_t store);

/* Append, from a whole page on; returns the offset.  -1 with errno. */
int64_t cr_write_pages(struct cr_image *image, size_t store, const void *bytes,
		       size_t size);

/* The same in the first with the first size bytes of a file.  What is missing is
 * zeroes. */
int64_t cr_write_file(struct cr_image *image, int fd, uint64_t size);

/* What was written. */
struct cr_store cr_store_so_far(const struct cr_image *image, size_t store);

/* How much an image has. */
uint64_t cr_stores_bytes(const struct cr_store stores[CR_STORES]);

/* Does a file, number i of all that an image refers to, hold what was written?  path:
 * the image that it is of.  -1: reported. */
int cr_store_check(int fd, const struct cr_store *store, size_t i,
		   const char *path);
