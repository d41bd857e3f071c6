/* cr_unread.c - what waits in a unix socket, into an image
 *
 * All of it is looked at, message by message, and stays where it is.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/fd.h"
#include "common/report.h"
#include "cr_files.h"
#include "cr_seize.h"
#include "cr_socket.h"
#include "cr_visit.h"

enum {
	MESSAGE_MAX = 1 << 22,
	NAME = offsetof(struct sockaddr_un, sun_path),
};

static int32_t find_sender(const struct cr_socket *to,
			   const struct sockaddr_un *name, socklen_t size)
{
	const struct cr_found *f;

	for (size_t i = 0; size > NAME && (f = cr_socket_found(i)); i++)
		if (f->s->family == AF_UNIX && f->s->type == to->type &&
		    f->s->name_size == size &&
		    memcmp(f->s->name, name, size) == 0)
			return (int32_t)f->s->file;
	return CR_NOBODY;
}

/* What comes along with the bytes.  The fds stay open, so that files of later
 * ones can be compared. */
static int take_control(struct cr_image *image, const struct cr_found *f,
			struct msghdr *h, struct cr_letter *m, int32_t *files)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		const int *fds = (const void *)CMSG_DATA(c);
		struct ucred who;

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&who, CMSG_DATA(c), sizeof(who));
			m->pid = who.pid;
			m->uid = who.uid;
			m->gid = who.gid;
		}
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		m->fd_count =
			(uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (uint32_t i = 0; i < m->fd_count; i++) {
			files[i] = cr_files_add(image, f->p, fds[i]);
			if (files[i] < 0)
				return -1;
		}
	}
	return 0;
}

/* One message, or what a stream gives at once, from an offset on. */
struct peek {
	int copy, from;
	char *bytes;
	size_t size;
	struct msghdr h;
	struct sockaddr_un sender;
	struct iovec v[2];
	union {
		struct cmsghdr header; /* for the alignment */
		char bytes[CMSG_SPACE(sizeof(int) * CR_FDS_MAX) + 256];
	} control;
};

static ssize_t peek(struct peek *p, size_t most)
{
	p->v[0] = (struct iovec){ p->bytes, most };
	p->h = (struct msghdr){
		.msg_name = &p->sender,
		.msg_namelen = sizeof(p->sender),
		.msg_iov = p->v,
		.msg_iovlen = 1 + (p->v[1].iov_len > 0),
		.msg_control = p->control.bytes,
		.msg_controllen = sizeof(p->control.bytes),
	};
	if (setsockopt(p->copy, SOL_SOCKET, SO_PEEK_OFF, &p->from,
		       sizeof(p->from)) < 0)
		return -1;
	return recvmsg(p->copy, &p->h,
		       MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
}

/* In a stream fds come with the bytes that they were sent with, and who looks gets
 * those before at once with them.  What was sent before ends where there is no
 * room for the last byte: the kernel copies all of what was sent together, or
 * none. */
static ssize_t peek_before(struct peek *p, size_t all)
{
	ssize_t n;

	p->v[1] = (struct iovec){ (void *)1, 1 };
	n = peek(p, all - 1);
	p->v[1].iov_len = 0;
	return n > 0 ? n : peek(p, all);
}

static bool tells_sender(const struct peek *p)
{
	int on = 0;
	socklen_t size = sizeof(on);

	return getsockopt(p->copy, SOL_SOCKET, SO_PASSCRED, &on, &size) == 0 &&
	       on;
}

struct inside {
	struct peek *p;
	size_t size;
};

static int peek_again(void *arg)
{
	const struct inside *in = arg;

	return (int)peek(in->p, in->size);
}

/* With the pid that its receiver would see. */
static ssize_t peek_inside(struct peek *p, size_t size)
{
	struct inside in = { p, size };

	return cr_visit_pids(cr_socket_init(), peek_again, &in);
}

/* The next one: how long it is, and what there is besides: 1; there is none: 0. */
static int take_message(struct cr_image *image, const struct cr_found *f,
			struct peek *p)
{
	int32_t files[CR_FDS_MAX];
	struct cr_letter what = { .file = f->s->file }, *m;
	ssize_t n = peek(p, p->size);
	size_t fds;

	/* One that has been shut down says so at its end. */
	if (n == 0 && f->s->type != SOCK_DGRAM)
		return 0;
	if (n < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINVAL ||
		      errno == ECONNRESET))
		return 0;
	if (n > 0 && f->s->type == SOCK_STREAM && p->h.msg_controllen > 0 &&
	    !(p->h.msg_flags & MSG_CTRUNC))
		n = peek_before(p, (size_t)n);
	if (n >= 0 && tells_sender(p))
		n = peek_inside(p, (size_t)n);
	if (n < 0 || p->h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return failx(
			"cannot read all that waits in a socket of process %d",
			f->p->inner);
	if (take_control(image, f, &p->h, &what, files) < 0)
		return -1;
	fds = what.fd_count * sizeof(*files);
	what.sender = find_sender(f->s, &p->sender, p->h.msg_namelen);
	m = cr_add(image, CR_LETTER, sizeof(*m) + fds + (size_t)n);
	*m = what;
	memcpy(m->fds, files, fds);
	memcpy((char *)m->fds + fds, p->bytes, (size_t)n);
	p->from += (int)n;
	return 1;
}

int cr_unix_queue(struct cr_image *image, const struct cr_found *f)
{
	static char bytes[MESSAGE_MAX];
	autofd int copy = cr_socket_copy(f);
	struct peek p = { .copy = copy, .bytes = bytes, .size = sizeof(bytes) };
	int before = -1, result;
	socklen_t size = sizeof(before);

	if (copy < 0 ||
	    getsockopt(copy, SOL_SOCKET, SO_PEEK_OFF, &before, &size) < 0)
		return fail("cannot read what waits in a socket of process %d",
			    f->p->inner);
	do
		result = take_message(image, f, &p);
	while (result > 0);
	setsockopt(copy, SOL_SOCKET, SO_PEEK_OFF, &before, sizeof(before));
	return result;
}
