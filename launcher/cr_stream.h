/* cr_stream.h - a checkpoint as one stream of bytes, for a pipe
 *
 *	"LAUNCHST"
 *	LENGTH BYTES..	a piece of pages.img; any number of them
 *	0
 *	core.img	its header says how long it is
 *
 * What is in memory comes first, as it need not be kept until all is known.  Who
 * reads checks no more than that the lengths are possible: the rest is the
 * business of cr_image_read().
 */
#pragma once

#include <stddef.h>

/* Write to a pipe.  -1 with errno. */
int cr_stream_begin(int to);
int cr_stream_pages(int to, const void *bytes, size_t size);
int cr_stream_end(int to, const void *core, size_t size);

/* Read all of it into two empty files.  -1: reported. */
int cr_stream_read(int from, int core, int pages);

/* The same into a directory, made if need be, whose older image stays until all of this
 * one is there.  -1: reported. */
int cr_stream_store(int from, const char *path);
