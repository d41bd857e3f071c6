/* heap.c - as much of a heap as launch needs: a place for each open directory
 *
 * Everything else in launch has its place before it starts.  opendir(3) is the
 * only function called that allocates (libcap has others, which nobody calls):
 * not worth the 8 KiB of the C library's malloc, nor the pages that it touches.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS    8
#define BLOCK_MAX 2176 /* musl's DIR: 2 KiB of entries, and where it stands */

static struct block {
	_Alignas(max_align_t) char bytes[BLOCK_MAX];
	bool used;
} blocks[BLOCKS];

static void *place(size_t size)
{
	for (struct block *b = blocks; b < blocks + BLOCKS && size <= BLOCK_MAX;
	     b++)
		if (!b->used) {
			b->used = true;
			return b->bytes;
		}
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return place(size);
}

void *calloc(size_t nmemb, size_t size)
{
	void *bytes = place(
		size ? nmemb > BLOCK_MAX / size ? SIZE_MAX : nmemb * size : 0);

	return bytes ? memset(bytes, 0, nmemb * size) : NULL;
}

void free(void *ptr)
{
	if (ptr)
		((struct block *)ptr)->used = false;
}
