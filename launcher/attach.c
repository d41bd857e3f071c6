/* attach.c - the console of a detached container, and who is at it */
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"

enum { PATIENCE_MS = 1000 };

static int name_socket(struct sockaddr_un *address, int dir)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return format(address->sun_path, sizeof(address->sun_path),
		      "/proc/self/fd/%d/console", dir);
}

int attach_listen(struct attach *a, int dir)
{
	autofd int sock =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	if (sock < 0 || name_socket(&address, dir) < 0 ||
	    bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(sock, 4) < 0)
		return -1;
	a->listener = fd_take(&sock);
	return 0;
}

union fd_message {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

/* given -1: nothing but the greeting. */
static int greet(int sock, pid_t who, int given)
{
	struct attach_greeting greeting = { .who = who };
	union fd_message control = { .bytes = { 0 } };
	struct iovec bytes = { &greeting, sizeof(greeting) };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (given >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &given, sizeof(int));
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
	}
	return sendmsg(sock, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void attach_accept(struct attach *a, int master)
{
	autofd int sock =
		accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer = { .pid = 0 };
	socklen_t size = sizeof(peer);

	if (sock < 0)
		return;
	if (a->client >= 0) {
		greet(sock, a->who, -1);
		return;
	}
	getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	if (master < 0 || greet(sock, 0, master) < 0)
		return;
	a->client = fd_take(&sock);
	a->who = peer.pid;
}

void attach_output(struct attach *a, const void *bytes, size_t count)
{
	struct pollfd out = { .fd = a->client, .events = POLLOUT };
	const char *at = bytes;

	while (a->client >= 0 && count > 0) {
		ssize_t n =
			send(a->client, at, count, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			at += n;
			count -= n;
		} else if (errno != EAGAIN || poll(&out, 1, PATIENCE_MS) != 1) {
			attach_drop(a);
		}
	}
}

void attach_drop(struct attach *a)
{
	fd_close(&a->client);
}

void attach_close(struct attach *a)
{
	fd_close(&a->client);
	fd_close(&a->listener);
}

/* The greeting: what it says, and the master with it. */
static int read_greeting(int sock, pid_t *who, int *master)
{
	struct attach_greeting greeting;
	union fd_message control = { .bytes = { 0 } };
	struct iovec bytes = { &greeting, sizeof(greeting) };
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	*master = -1;
	if (recvmsg(sock, &message, MSG_CMSG_CLOEXEC) != sizeof(greeting))
		return -1;
	*who = greeting.who;
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    control.header.cmsg_type == SCM_RIGHTS)
		memcpy(master, CMSG_DATA(&control.header), sizeof(int));
	return 0;
}

int attach_connect(int dir, const char *name, int *master)
{
	autofd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	pid_t who = 0;

	if (sock < 0 || name_socket(&address, dir) < 0 ||
	    connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail("cannot open the console of '%s'%s", name,
			    errno == ENOENT ? " (was it started with -d -t?)"
					    : "");
	if (read_greeting(sock, &who, master) < 0)
		return failx("cannot open the console of '%s': it ends", name);
	if (who)
		return failx(
			"cannot open the console of '%s': process %d has it",
			name, who);
	return fd_take(&sock);
}
