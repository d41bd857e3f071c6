/* cr_missing.c - memory of a process that is not there yet, and comes by a userfaultfd */
#include "cr_missing.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

enum {
	PAGE = 4096,
	PIECE = 1 << 18,
	AT_ONCE = 1 << 16, /* for who waits */
	MESSAGES = 64,
};

static char piece[PIECE] __attribute__((aligned(PAGE)));

/* How much of it is dealt with: 0: not now; -1 with errno: ESRCH when there is no such
 * memory any more. */
static int64_t put(int fd, uint64_t address, const char *bytes, uint64_t size)
{
	bool sure = false;

	for (;;) {
		struct uffdio_copy c = { .dst = address,
					 .src = (uintptr_t)bytes,
					 .len = size };

		if (ioctl(fd, UFFDIO_COPY, &c) == 0)
			return (int64_t)size;
		if (c.copy > 0)
			return c.copy;
		switch (errno) {
		case EAGAIN:
			return 0;
		case EEXIST:
			return PAGE;
		case ENOENT:
			/* It is not one range of memory, or none.  Or it is
			 * somewhere else since a moment ago: until we have heard
			 * of that the kernel says EAGAIN when asked once more. */
			if (sure)
				return PAGE;
			sure = size == PAGE;
			if (!sure)
				size = size / 2 & ~(uint64_t)(PAGE - 1);
			continue;
		default:
			return -1;
		}
	}
}

static int read_piece(const int *pages, const struct cr_span *span,
		      uint64_t skipped, uint64_t size)
{
	ssize_t n = pread(pages[span->source], piece, size,
			  (off_t)(span->offset + skipped));

	if (n >= 0 && n != (ssize_t)size)
		errno = EIO;
	return n == (ssize_t)size ? 0 : -1;
}

int cr_missing_bring(struct cr_missing *m, const int *pages)
{
	const struct cr_span *span = cr_spans_last(&m->spans);
	uint64_t size = span->length < PIECE ? span->length : PIECE, done = 0;
	int64_t n = 1;

	if (read_piece(pages, span, 0, size) < 0)
		return -1;
	while (done < size && n > 0) {
		n = put(m->fd, span->address + done, piece + done, size - done);
		done += n > 0 ? (uint64_t)n : 0;
	}
	m->gone = n < 0 && errno == ESRCH;
	if (n != 0)
		m->moved_end = 0;
	cr_spans_shorten(&m->spans, done);
	return n < 0 && !m->gone ? -1 : 0;
}

/* Somebody waits for it.  What is in no image is zeroes. */
static int serve(const struct cr_missing *m, const int *pages, uint64_t address)
{
	const uint64_t page = address & ~(uint64_t)(PAGE - 1);
	const struct cr_span *span = cr_spans_find(&m->spans, page);
	struct uffdio_range range = { page, PAGE };
	struct uffdio_zeropage zeroes = { .range = range };
	uint64_t skipped, size;

	if (span) {
		skipped = page - span->address;
		size = span->length - skipped;
		size = size < AT_ONCE ? size : AT_ONCE;
		if (read_piece(pages, span, skipped, size) < 0 ||
		    (put(m->fd, page, piece, size) < 0 && errno != ESRCH))
			return -1;
	} else {
		ioctl(m->fd, UFFDIO_ZEROPAGE, &zeroes);
	}
	/* If that was not it, it asks again. */
	ioctl(m->fd, UFFDIO_WAKE, &range);
	return 0;
}

/* Two threads may be told of in another order than the kernel has served them: one
 * that has unmapped a range behind another that moved something there just then.
 * Until we could bring something again nobody has come back from that move. */
static int unmapped(struct cr_missing *m, uint64_t from, uint64_t to)
{
	return from < m->moved_end && m->moved < to
		       ? 0
		       : cr_spans_cut(&m->spans, from, to);
}

static int happened(struct cr_missing *m, const struct uffd_msg *msg)
{
	switch (msg->event) {
	case UFFD_EVENT_REMAP:
		m->moved = msg->arg.remap.to;
		m->moved_end = m->moved + msg->arg.remap.len;
		return cr_spans_move(&m->spans, msg->arg.remap.from, m->moved,
				     msg->arg.remap.len);
	case UFFD_EVENT_REMOVE:
		return cr_spans_cut(&m->spans, msg->arg.remove.start,
				    msg->arg.remove.end);
	case UFFD_EVENT_UNMAP:
		return unmapped(m, msg->arg.remove.start, msg->arg.remove.end);
	}
	return 0;
}

int cr_missing_hear(struct cr_missing *m, const int *pages, size_t room,
		    int (*born)(const struct cr_missing *parent, int fd))
{
	static struct uffd_msg said[MESSAGES];
	ssize_t n;

	/* When there are too many, those that want to be born wait. */
	room = room < MESSAGES ? room : MESSAGES;
	n = room ? read(m->fd, said, room * sizeof(*said)) : 0;
	n /= (ssize_t)sizeof(*said);
	for (ssize_t k = 0; k < n; k++)
		if ((said[k].event == UFFD_EVENT_FORK
			     ? born(m, (int)said[k].arg.fork.ufd)
			     : happened(m, said + k)) < 0)
			return -1;
	for (ssize_t k = 0; k < n; k++)
		if (said[k].event == UFFD_EVENT_PAGEFAULT &&
		    serve(m, pages, said[k].arg.pagefault.address) < 0)
			return -1;
	return 0;
}

void cr_missing_end(struct cr_missing *m)
{
	close(m->fd);
	cr_spans_end(&m->spans);
}
