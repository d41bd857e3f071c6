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
#include "cr_stream.h"

enum { PAGE = 4096, RECORDS_MAX = 1 << 30 };

/* The sum of all words, and that of each times its number, so that pieces may be
 * added in any order and zeroes are nothing.  The number of the first one is at. */
static void add_sum(uint64_t sum[2], const void *bytes, size_t size,
		    uint64_t at)
{
	uint64_t a = 0, b = 0, word = 0;
	const char *from = bytes;
	const char *end = from + (size & ~(sizeof(word) - 1));

	at /= sizeof(word);
	for (; from < end; from += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		a += word;
		b += a;
	}
	at += size / sizeof(word);
	if (size %= sizeof(word)) {
		word = 0;
		memcpy(&word, from, size);
		a += word;
		b += a;
		at++;
	}
	sum[0] += a;
	sum[1] += (at + 1) * a - b;
}

static uint64_t one_sum(const uint64_t sum[2])
{
	return sum[0] ^ (sum[1] << 32 | sum[1] >> 32);
}

static uint64_t sum_of(const void *bytes, size_t size)
{
	uint64_t sum[2] = { 0, 0 };

	add_sum(sum, bytes, size, 0);
	return one_sum(sum);
}

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
	image->pages = image->direct = -1;
	image->length = sizeof(struct cr_header);
	return map_room(image, RECORDS_MAX);
}

void cr_image_empty(struct cr_image *image)
{
	memset(image->bytes, 0, image->length);
	image->length = sizeof(struct cr_header);
}

int cr_image_dir(const char *path)
{
	int dir;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
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
	if (cr_image_make_room(image) < 0)
		return -1;
	unlinkat(dir, "core.img", 0);
	image->pages = cr_image_create(dir, "pages.img");
	if (image->pages < 0)
		return -1;
	if (direct)
		image->direct =
			openat(dir, "pages.img",
			       O_WRONLY | O_DIRECT | O_NOFOLLOW | O_CLOEXEC);
	return direct && image->direct < 0
		       ? fail("cannot write there past the page cache (--direct)")
		       : 0;
}

int cr_image_begin_stream(struct cr_image *image, int to)
{
	if (cr_image_make_room(image) < 0)
		return -1;
	image->pages = to;
	image->stream = true;
	return cr_stream_begin(to) < 0
		       ? fail("cannot write the image to standard output")
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

uint64_t cr_reserve_pages(struct cr_image *image, uint64_t size)
{
	uint64_t offset = image->pages_length;

	image->pages_length += (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return offset;
}

static int write_at(int fd, const char *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Past the page cache there are only whole pages. */
static int fd_for(const struct cr_image *image, const void *bytes, size_t size)
{
	return image->direct >= 0 &&
			       (((uintptr_t)bytes | size) & (PAGE - 1)) == 0
		       ? image->direct
		       : image->pages;
}

int cr_write_at(const struct cr_image *image, const void *bytes, size_t size,
		uint64_t offset, uint64_t sum[2])
{
	add_sum(sum, bytes, size, offset);
	return image->stream ? cr_stream_pages(image->pages, bytes, size)
			     : write_at(fd_for(image, bytes, size), bytes, size,
					offset);
}

int64_t cr_write_pages(struct cr_image *image, const void *bytes, size_t size)
{
	static const char zeroes[PAGE];
	uint64_t offset = cr_reserve_pages(image, size);
	size_t rest = -size & (PAGE - 1);

	if (cr_write_at(image, bytes, size, offset, image->pages_sum) < 0 ||
	    cr_write_at(image, zeroes, rest, offset + size, image->pages_sum) <
		    0)
		return -1;
	return (int64_t)offset;
}

int64_t cr_write_file(struct cr_image *image, int fd, uint64_t size)
{
	static char buf[1 << 18];
	uint64_t offset = image->pages_length;

	for (uint64_t at = 0; at < size;) {
		size_t want = size - at < sizeof(buf) ? size - at : sizeof(buf);
		ssize_t n = pread(fd, buf, want, (off_t)at);

		if (n < 0)
			return -1;
		memset(buf + n, 0, want - (size_t)n);
		if (cr_write_pages(image, buf, want) < 0)
			return -1;
		at += want;
	}
	return (int64_t)offset;
}

static void fill_header(struct cr_image *image)
{
	struct cr_header *header = (struct cr_header *)image->bytes;

	memcpy(header->magic, CR_MAGIC, sizeof(header->magic));
	header->version = CR_VERSION;
	header->machine = CR_MACHINE;
	header->length = image->length;
	header->sum = sum_of(header + 1, image->length - sizeof(*header));
	header->pages_length = image->pages_length;
	header->pages_sum = one_sum(image->pages_sum);
	while (!header->id)
		getrandom(&header->id, sizeof(header->id), 0);
}

int cr_image_end(struct cr_image *image, int dir)
{
	autofd int file = -1;

	cr_add(image, CR_END, 0);
	if (image->overflow)
		return failx(
			"cannot write 'core.img': there is too much of it");
	fill_header(image);
	if (image->stream)
		return cr_stream_end(image->pages, image->bytes,
				     image->length) < 0
			       ? fail("cannot write the image to standard output")
			       : 0;
	/* What is last may be a hole. */
	if (ftruncate(image->pages, (off_t)image->pages_length) < 0)
		return fail("cannot write to 'pages.img'");
	file = openat(dir, "core.new",
		      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (file < 0 || write_all(file, image->bytes, image->length) < 0 ||
	    renameat(dir, "core.new", dir, "core.img") < 0)
		return fail("cannot write 'core.img'");
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
	if (header->sum != sum_of(header + 1, image->length - sizeof(*header)))
		return "its checksum is wrong";
	if (header->pages_length != image->pages_length)
		return "its 'pages.img' is of another length";
	return NULL;
}

int cr_image_read(struct cr_image *image, int core, int pages, const char *path)
{
	struct stat st, pages_st;
	const char *wrong;

	image->pages = pages;
	if (fstat(core, &st) < 0 || fstat(pages, &pages_st) < 0)
		return fail("cannot read the image '%s'", path);
	if (st.st_size > RECORDS_MAX || !S_ISREG(st.st_mode))
		return failx("cannot use the image '%s': it is too large",
			     path);
	image->pages_length = (uint64_t)pages_st.st_size;
	/* One byte more: there is no mapping of none. */
	if (map_room(image, (size_t)st.st_size + 1) < 0)
		return -1;
	if (pread(core, image->bytes, (size_t)st.st_size, 0) != st.st_size)
		return fail("cannot read the image '%s'", path);
	image->length = (size_t)st.st_size;
	wrong = check_header(image);
	if (!wrong)
		wrong = cr_image_check(image);
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
	ssize_t n = readlink(fd_name(dir).text, buf, size);

	if (n < 0)
		return -1;
	if ((size_t)n == size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	buf[n] = '\0';
	return 0;
}

int cr_check_pages(int pages, uint64_t length, uint64_t total, const char *path)
{
	/* To read into memory that is new costs more than a call more. */
	static char buf[1 << 15];
	uint64_t sum[2] = { 0, 0 };
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(pages, buf, sizeof(buf), (off_t)at)) > 0) {
		add_sum(sum, buf, (size_t)n, at);
		at += (uint64_t)n;
	}
	if (n < 0)
		return fail("cannot read 'pages.img' of '%s'", path);
	if (at != length || one_sum(sum) != total)
		return failx("cannot use the image '%s': the checksum of its "
			     "'pages.img' is wrong",
			     path);
	return 0;
}

int cr_image_check_pages(const struct cr_image *image, const char *path)
{
	const struct cr_header *header = cr_header_of(image);

	return cr_check_pages(image->pages, header->pages_length,
			      header->pages_sum, path);
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
