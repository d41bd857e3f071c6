/* cr_letter.c - what has waited in a unix socket is sent again */
#include "cr_letter.h"

#include <string.h>
#include <sys/uio.h>

#include "common/report.h"
#include "cr_errand.h"

enum { ROOM = 1 << 23 /* of a sender, until it is sent */ };

static void send_it(void *arg)
{
	const struct cr_posting *l = arg;
	const struct cr_letter *m = l->m;
	size_t fds = m->fd_count * sizeof(*m->fds);
	char *bytes = l->image->bytes +
		      ((const char *)m->fds - l->image->bytes) + fds;
	size_t left = cr_length(m) - sizeof(*m) - fds;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * CR_FDS_MAX)];
	} control;
	struct iovec v;
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	int *numbers;
	ssize_t n;

	if (l->to) {
		h.msg_name = l->to;
		h.msg_namelen = l->to_size;
	}
	if (m->fd_count > 0) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(fds);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fds);
		numbers = (int *)CMSG_DATA(&control.header);
		for (uint32_t i = 0; i < m->fd_count; i++)
			numbers[i] = l->files + m->fds[i];
	}
	do {
		v.iov_base = bytes;
		v.iov_len = left;
		n = sendmsg(l->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0) {
			warn("!cannot put back all that waits in a socket");
			return;
		}
		h.msg_control = NULL;
		h.msg_controllen = 0;
		bytes += n;
		left -= (size_t)n;
	} while (left > 0);
}

void cr_letter_deliver(struct cr_posting *l)
{
	const struct cr_letter *m = l->m;
	struct cr_errand e = { m->pid, m->uid, m->gid, send_it, l };
	const int room = ROOM;
	int before = 0;
	socklen_t size = sizeof(before);

	getsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &before, &size);
	setsockopt(l->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (m->pid)
		cr_run_as(&e);
	else
		send_it(l);
	before /= 2;
	setsockopt(l->fd, SOL_SOCKET, SO_SNDBUFFORCE, &before, sizeof(before));
}
