/* cr_store.c - the files of an image that hold pages: pages.img and pages-2.img */
#include "cr_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/report.h"
#include "cr_machine.h"
#include "cr_stream.h"

enum { PAGE = 4096 };

const char *const cr_store_names[CR_STORES] = { "pages.img", "pages-2.img" };

/* Several sums at a time, as each has to wait for the one before: of words of rows, as
 * wide as the registers are. */
typedef uint64_t pair __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t quad __attribute__((vector_size(32), aligned(1), may_alias));
struct row {
	pair words[4];
};
struct wide_row {
	quad words[2];
};
enum { WORDS = sizeof(struct row) / sizeof(uint64_t) };

static void add_rows(const void *rows, size_t count, void *sums)
{
	const struct row *row = rows, *end = row + count;
	struct row a = { 0 }, b = { 0 };

	for (; row < end; row++) {
		a.words[0] += row->words[0];
		a.words[1] += row->words[1];
		a.words[2] += row->words[2];
		a.words[3] += row->words[3];
		b.words[0] += a.words[0];
		b.words[1] += a.words[1];
		b.words[2] += a.words[2];
		b.words[3] += a.words[3];
	}
	((struct row *)sums)[0] = a;
	((struct row *)sums)[1] = b;
}

CR_WIDE static void add_wide_rows(const void *rows, size_t count, void *sums)
{
	const struct wide_row *row = rows, *end = row + count;
	struct wide_row a = { 0 }, b = { 0 };

	for (; row < end; row++) {
		a.words[0] += row->words[0];
		a.words[1] += row->words[1];
		b.words[0] += a.words[0];
		b.words[1] += a.words[1];
	}
	((struct wide_row *)sums)[0] = a;
	((struct wide_row *)sums)[1] = b;
}

/* What is no whole row, word by word. */
static void add_rest(uint64_t sum[2], const char *from, size_t size,
		     uint64_t number)
{
	while (size > 0) {
		size_t part = size < sizeof(number) ? size : sizeof(number);
		uint64_t word = 0;

		memcpy(&word, from, part);
		sum[0] += word;
		sum[1] += ++number * word;
		from += part;
		size -= part;
	}
}

/* The sum of all words, and that of each times its number, so that pieces may be
 * added in any order and zeroes are nothing.  The number of the first one is at. */
static void add_sum(uint64_t sum[2], const void *bytes, size_t size,
		    uint64_t at)
{
	uint64_t count = size / sizeof(struct row);
	uint64_t sums[2][WORDS];

	at /= sizeof(uint64_t);
	(cr_machine_is_wide() ? add_wide_rows : add_rows)(bytes, count, sums);
	/* The first row is in the second sum as often as there are rows, the last one
	 * once. */
	for (size_t i = 0; i < WORDS; i++) {
		uint64_t all = sums[0][i], weighed = sums[1][i];

		sum[0] += all;
		sum[1] += (at + i + 1) * all + WORDS * (count * all - weighed);
	}
	add_rest(sum, (const char *)bytes + count * sizeof(struct row),
		 size % sizeof(struct row), at + WORDS * count);
}

static uint64_t one_sum(const uint64_t sum[2])
{
	return sum[0] ^ (sum[1] << 32 | sum[1] >> 32);
}

uint64_t cr_sum(const void *bytes, size_t size)
{
	uint64_t sum[2] = { 0, 0 };

	add_sum(sum, bytes, size, 0);
	return one_sum(sum);
}

int cr_store_create(struct cr_image *image, size_t store)
{
	const char *name = cr_store_names[store];

	if (image->pages[store] >= 0)
		return 0;
	image->pages[store] = cr_image_create(image->dir, name);
	if (image->pages[store] < 0)
		return -1;
	if (!image->past_cache)
		return 0;
	image->direct[store] =
		openat(image->dir, name,
		       O_WRONLY | O_DIRECT | O_NOFOLLOW | O_CLOEXEC);
	return image->direct[store] < 0
		       ? fail("cannot write '%s' past the page cache (--direct)",
			      name)
		       : 0;
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
static int fd_for(const struct cr_image *image, size_t store, const void *bytes,
		  size_t size)
{
	return image->direct[store] >= 0 &&
			       (((uintptr_t)bytes | size) & (PAGE - 1)) == 0
		       ? image->direct[store]
		       : image->pages[store];
}

static int append(struct cr_image *image, size_t store, const void *bytes,
		  size_t size)
{
	struct cr_end *end = image->ends + store;
	uint64_t offset = end->length;

	add_sum(end->sum, bytes, size, offset);
	end->length += size;
	return image->stream ? cr_stream_pages(image->pages[0], bytes, size)
			     : write_at(fd_for(image, store, bytes, size),
					bytes, size, offset);
}

int64_t cr_write_pages(struct cr_image *image, size_t store, const void *bytes,
		       size_t size)
{
	static char zeroes[PAGE]; /* not const, which would be in the file */
	uint64_t offset = image->ends[store].length;

	if (append(image, store, bytes, size) < 0 ||
	    append(image, store, zeroes, -size & (PAGE - 1)) < 0)
		return -1;
	return (int64_t)offset;
}

int64_t cr_write_file(struct cr_image *image, int fd, uint64_t size)
{
	static char buf[1 << 18];
	uint64_t offset = image->ends[0].length;

	for (uint64_t at = 0; at < size;) {
		size_t want = size - at < sizeof(buf) ? size - at : sizeof(buf);
		ssize_t n = pread(fd, buf, want, (off_t)at);

		if (n < 0)
			return -1;
		memset(buf + n, 0, want - (size_t)n);
		if (cr_write_pages(image, 0, buf, want) < 0)
			return -1;
		at += want;
	}
	return (int64_t)offset;
}

struct cr_store cr_store_so_far(const struct cr_image *image, size_t store)
{
	const struct cr_end *end = image->ends + store;

	return (struct cr_store){ end->length, one_sum(end->sum) };
}

uint64_t cr_stores_bytes(const struct cr_store stores[CR_STORES])
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < CR_STORES; i++)
		bytes += stores[i].length;
	return bytes;
}

int cr_store_check(int fd, const struct cr_store *store, size_t i,
		   const char *path)
{
	const char *name = cr_store_names[i % CR_STORES];
	/* To read into memory that is new costs more than a call more. */
	static char buf[1 << 15];
	uint64_t sum[2] = { 0, 0 };
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, sizeof(buf), (off_t)at)) > 0) {
		add_sum(sum, buf, (size_t)n, at);
		at += (uint64_t)n;
	}
	if (n < 0)
		return fail("cannot read '%s' of '%s'", name, path);
	if (at != store->length || one_sum(sum) != store->sum)
		return failx("cannot use the image '%s': the checksum of its "
			     "'%s' is wrong",
			     path, name);
	return 0;
}
