/* sync.c - the conversation between launcher and child */
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/report.h"

int sync_pair(int *launcher, int *child)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return fail("cannot create the sync socket");
	*launcher = fds[0];
	*child = fds[1];
	return 0;
}

int sync_go(int fd)
{
	if (send(fd, "", 1, MSG_NOSIGNAL) < 0)
		return fail("cannot send on the sync socket");
	return 0;
}

void sync_wait(int fd)
{
	char go;

	if (recv(fd, &go, 1, 0) != 1)
		_exit(1);
}

bool sync_is_alone(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

union fd_message {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

void sync_give_fd(int fd, int given)
{
	union fd_message control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec nothing = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &nothing,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &given, sizeof(int));
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		die("cannot hand over a descriptor on the sync socket");
}

int sync_take_fd(int fd)
{
	union fd_message control = { .bytes = { 0 } };
	char byte;
	struct iovec nothing = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &nothing,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int taken;

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0 ||
	    control.header.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&taken, CMSG_DATA(&control.header), sizeof(int));
	return taken;
}

int sync_know(int fd)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return fail("cannot listen on the sync socket");
	return 0;
}

ssize_t sync_hear(int fd, void *bytes, size_t size, pid_t *pid)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr header;
	} control = { .bytes = { 0 } };
	struct iovec said = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &said,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &message, 0);
	struct ucred who = { .pid = 0 };

	if (n > 0 && control.header.cmsg_type == SCM_CREDENTIALS)
		memcpy(&who, CMSG_DATA(&control.header), sizeof(who));
	*pid = who.pid;
	return n;
}
