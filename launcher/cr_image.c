/* cr_image.c - a checkpoint on disk: write it, walk over it */
#include "cr_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "cr_machine.h"
#include "cr_store.h"
#include "cr_stream.h"

enum { RECORDS_MAX = 1 << 30 };

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* What is not written to takes no memory. */
static int map_room(struct cr_image *image, size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return fail("cannot get memory for an image");
	image->bytes = room;
	image->size = size;
	return 0;
}

int cr_image_make_room(struct cr_image *image)
{
	for (size_t i = 0; i < CR_STORES; i++)
		image->pages[i] = image->direct[i] = -1;
	image->length = sizeof(struct cr_header);
	return map_room(image, RECORDS_MAX);
}

void cr_image_empty(struct cr_image *image)
{
	memset(image->bytes, 0, image->length);
	image->length = sizeof(struct cr_header);
}

int cr_image_dir(const char *path, bool *made)
{
	int dir;

	*made = mkdir(path, 0700) == 0;
	if (!*made && errno != EEXIST)
		return fail("cannot create '%s' (--dir)", path);
	dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? fail("cannot open '%s' (--dir)", path) : dir;
}

int cr_image_open(int dir, const char *name)
{
	autofd int file =
		openat(dir, name,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (file < 0 || fstat(file, &st) < 0)
		return -1;
	errno = EINVAL;
	return S_ISREG(st.st_mode) ? fd_take(&file) : -1;
}

/* Not O_TRUNC: to free a large old one takes long. */
int cr_image_create(int dir, const char *name)
{
	int file;

	unlinkat(dir, name, 0);
	file = openat(dir, name,
		      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return file < 0 ? fail("cannot create '%s' (--dir)", name) : file;
}

int cr_image_begin(struct cr_image *image, int dir, bool direct)
{
	image->dir = dir;
	image->past_cache = direct;
	unlinkat(dir, "core.img", 0);
	unlinkat(dir, cr_store_names[1], 0);
	return cr_store_create(image, 0);
}

int cr_image_begin_stream(struct cr_image *image, int to)
{
	image->pages[0] = to;
	image->stream = true;
	return cr_stream_begin(to) < 0
		       ? fail("cannot write the image to standard output (--stream)")
		       : 0;
}

void *cr_add(struct cr_image *image, enum cr_type type, size_t size)
{
	size_t room = sizeof(struct cr_record) + padded(size);
	struct cr_record *record;

	if (room > image->size - image->length) {
		image->overflow = true;
		image->length = sizeof(struct cr_header);
	}
	record = (struct cr_record *)(image->bytes + image->length);
	if (image->overflow)
		memset(record, 0, room);
	image->length += room;
	*record = (struct cr_record){ type, (uint32_t)size };
	return record + 1;
}

void cr_add_text(struct cr_image *image, enum cr_type type, const char *text)
{
	size_t size = strlen(text) + 1;

	memcpy(cr_add(image, type, size), text, size);
}

static void fill_header(struct cr_image *image)
{
	struct cr_header *header = (struct cr_header *)image->bytes;

	memcpy(header->magic, CR_MAGIC, sizeof(header->magic));
	header->version = CR_VERSION;
	header->machine = CR_MACHINE;
	header->length = image->length;
	header->sum = cr_sum(header + 1, image->length - sizeof(*header));
	for (size_t i = 0; i < CR_STORES; i++)
		header->stores[i] = cr_store_so_far(image, i);
	while (!header->id)
		getrandom(&header->id, sizeof(header->id), 0);
}

int cr_image_end(struct cr_image *image, int dir)
{
	autofd int file = -1;

	cr_add(image, CR_END, 0);
	if (image->overflow)
		return failx(
			"cannot write to 'core.img': there is too much of it");
	fill_header(image);
	if (image->stream)
		return cr_stream_end(image->pages[0], image->bytes,
				     image->length) < 0
			       ? fail("cannot write the image to standard output (--stream)")
			       : 0;
	file = openat(dir, "core.new",
		      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (file < 0 || write_all(file, image->bytes, image->length) < 0 ||
	    renameat(dir, "core.new", dir, "core.img") < 0)
		return fail("cannot write to 'core.img' (--dir)");
	return 0;
}

/* NULL, or what is wrong. */
static const char *check_header(const struct cr_image *image)
{
	const struct cr_header *header = cr_header_of(image);

	if (image->length < sizeof(*header) ||
	    memcmp(header->magic, CR_MAGIC, sizeof(header->magic)) != 0)
		return "it is no image of a container";
	if (header->version != CR_VERSION)
		return "another version of launch has written it";
	if (header->machine != CR_MACHINE)
		return "it is of another kind of machine";
	if (header->length != image->length)
		return "it is cut short";
	if (header->sum != cr_sum(header + 1, image->length - sizeof(*header)))
		return "its checksum is wrong";
	return NULL;
}

int cr_image_read(struct cr_image *image, int core, const char *path)
{
	struct stat st;
	const char *wrong;

	if (fstat(core, &st) < 0)
		return fail("cannot read the image '%s'", path);
	if (st.st_size > RECORDS_MAX || !S_ISREG(st.st_mode))
		return failx("cannot use the image '%s': it is too large",
			     path);
	/* One byte more: there is no mapping of none. */
	if (map_room(image, (size_t)st.st_size + 1) < 0)
		return -1;
	if (pread(core, image->bytes, (size_t)st.st_size, 0) != st.st_size)
		return fail("cannot read the image '%s'", path);
	image->length = (size_t)st.st_size;
	wrong = check_header(image);
	if (!wrong) {
		memcpy(image->stores, cr_header_of(image)->stores,
		       sizeof(cr_header_of(image)->stores));
		wrong = cr_image_check(image);
	}
	if (wrong)
		return failx("cannot use the image '%s': %s", path, wrong);
	return 0;
}

const struct cr_header *cr_header_of(const struct cr_image *image)
{
	return (const void *)image->bytes;
}

int cr_image_where(int dir, char *buf, size_t size)
{
	return read_link(fd_name(dir).text, buf, size) < 0 ? -1 : 0;
}

size_t cr_length(const void *body)
{
	return ((const struct cr_record *)body - 1)->length;
}

const void *cr_next(const struct cr_image *image, const void *body,
		    enum cr_type type, uint64_t stops)
{
	const char *at = body ? (const char *)body + padded(cr_length(body))
			      : image->bytes + sizeof(struct cr_header);

	while (at < image->bytes + image->length) {
		const struct cr_record *r = (const void *)at;

		if (r->type == type)
			return r + 1;
		if (stops & CR_STOP(r->type))
			return NULL;
		at += sizeof(*r) + padded(r->length);
	}
	return NULL;
}

const void *cr_only(const struct cr_image *image, enum cr_type type)
{
	return cr_next(image, NULL, type, 0);
}
