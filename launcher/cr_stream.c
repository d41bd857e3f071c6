/* cr_stream.c - a checkpoint as one stream of bytes, for a pipe */
#include "cr_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "cr_image.h"
#include "cr_store.h"

enum { END_MS = 15000 };

static const char magic[8] = "LAUNCHST";

int cr_stream_begin(int to)
{
	return write_all(to, magic, sizeof(magic));
}

int cr_stream_pages(int to, const void *bytes, size_t size)
{
	const uint64_t length = size;

	/* Of length 0 would be the end. */
	if (size == 0)
		return 0;
	return write_all(to, &length, sizeof(length)) < 0
		       ? -1
		       : write_all(to, bytes, size);
}

int cr_stream_end(int to, const void *core, size_t size)
{
	const uint64_t length = 0;

	return write_all(to, &length, sizeof(length)) < 0
		       ? -1
		       : write_all(to, core, size);
}

static int get(int from, void *bytes, size_t size)
{
	ssize_t n = read_all(from, bytes, size);

	if (n < 0)
		return fail("cannot read the image from standard input");
	if ((size_t)n < size)
		return failx("cannot read the image from standard input: it is "
			     "cut short");
	return 0;
}

static int copy(int from, int to, uint64_t size)
{
	static char buf[1 << 16];

	while (size > 0) {
		size_t part = size < sizeof(buf) ? size : sizeof(buf);

		if (get(from, buf, part) < 0)
			return -1;
		if (write_all(to, buf, part) < 0)
			return fail("cannot keep the image that comes from "
				    "standard input (--dir)");
		size -= part;
	}
	return 0;
}

static int copy_core(int from, int core)
{
	struct cr_header header;

	if (get(from, &header, sizeof(header)) < 0)
		return -1;
	if (header.length < sizeof(header))
		return failx("cannot use what comes from standard input: it is "
			     "no image of a container");
	if (write_all(core, &header, sizeof(header)) < 0)
		return fail("cannot keep the image that comes from standard "
			    "input (--dir)");
	return copy(from, core, header.length - sizeof(header));
}

/* Whoever has written it is gone then, and on the same box the name is free. */
static void await_end(int from)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	char byte;

	if (poll(&p, 1, END_MS) == 1 && read(from, &byte, 1) < 0)
		warn("cannot read what follows the image on standard input");
}

int cr_stream_read(int from, int core, int pages)
{
	char begin[sizeof(magic)];
	uint64_t length;

	if (get(from, begin, sizeof(begin)) < 0)
		return -1;
	if (memcmp(begin, magic, sizeof(magic)) != 0)
		return failx("cannot use what comes from standard input: it is "
			     "no image of a container");
	for (;;) {
		if (get(from, &length, sizeof(length)) < 0)
			return -1;
		if (length == 0)
			break;
		if (copy(from, pages, length) < 0)
			return -1;
	}
	if (copy_core(from, core) < 0)
		return -1;
	await_end(from);
	return 0;
}

/* Never the records of one with the pages of another. */
static int replace(int dir, const char *path)
{
	unlinkat(dir, "core.img", 0);
	unlinkat(dir, cr_store_names[1], 0);
	if (renameat(dir, "pages.new", dir, cr_store_names[0]) < 0 ||
	    renameat(dir, "core.new", dir, "core.img") < 0)
		return fail("cannot keep the image in '%s' (--dir)", path);
	return 0;
}

int cr_stream_store(int from, const char *path)
{
	bool made = false;
	autofd int dir = cr_image_dir(path, &made);
	autofd int pages = dir < 0 ? -1 : cr_image_create(dir, "pages.new");
	autofd int core = pages < 0 ? -1 : cr_image_create(dir, "core.new");

	if (core >= 0 && cr_stream_read(from, core, pages) == 0)
		return replace(dir, path);
	if (dir >= 0) {
		unlinkat(dir, "core.new", 0);
		unlinkat(dir, "pages.new", 0);
	}
	if (made)
		rmdir(path);
	return -1;
}
