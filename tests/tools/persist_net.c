/* persist_net.c - has sockets that a checkpoint has to keep, and looks after them
 *
 * See persist.h.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "persist.h"

enum { TIMEOUT_MS = 20000 };

/* Until it is time to look at the rest. */
static void wait_for_it(void)
{
	do
		nap();
	while (!tick());
}

static void expect_bytes(int fd, const char *text)
{
	char got[256] = "";
	struct pollfd p = { .fd = fd, .events = POLLIN };

	must(poll(&p, 1, TIMEOUT_MS) == 1);
	must(recv(fd, got, sizeof(got) - 1, 0) == (ssize_t)strlen(text));
	must(strcmp(got, text) == 0);
}

/* No more than that, of what has no ends. */
static void expect_part(int fd, const char *text)
{
	char got[64] = "";

	must(recv(fd, got, strlen(text), MSG_DONTWAIT) ==
	     (ssize_t)strlen(text));
	must(strcmp(got, text) == 0);
}

static void say(int fd, const char *text)
{
	must(send(fd, text, strlen(text), MSG_NOSIGNAL) ==
	     (ssize_t)strlen(text));
}

static void expect_end(int fd)
{
	char byte;

	must(recv(fd, &byte, 1, MSG_DONTWAIT) == 0);
}

static void expect_nothing(int fd)
{
	char byte;

	must(recv(fd, &byte, 1, MSG_DONTWAIT) < 0);
	must(errno == EAGAIN);
}

static int get(int fd, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	must(getsockopt(fd, level, name, &value, &size) == 0);
	return value;
}

static void set(int fd, int level, int name, int value)
{
	must(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

/* Pairs of all kinds, each with something in both queues. */
static void pairs(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int fds[3][2], closed[2], half[2];

	for (int i = 0; i < 3; i++) {
		must(socketpair(AF_UNIX, types[i] | SOCK_NONBLOCK, 0, fds[i]) ==
		     0);
		say(fds[i][0], "one");
		say(fds[i][0], "two");
		say(fds[i][1], "back");
	}
	set(fds[0][0], SOL_SOCKET, SO_RCVLOWAT, 2);
	set(fds[0][0], SOL_SOCKET, SO_SNDBUF, 20000);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, closed) == 0);
	say(closed[1], "last words");
	close(closed[1]);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, half) == 0);
	say(half[0], "that is all");
	must(shutdown(half[0], SHUT_WR) == 0);
	wait_for_it();
	must(fcntl(fds[0][0], F_GETFL) & O_NONBLOCK);
	must(!(fcntl(half[0], F_GETFL) & O_NONBLOCK));
	must(get(fds[0][0], SOL_SOCKET, SO_RCVLOWAT) == 2);
	must(get(fds[0][0], SOL_SOCKET, SO_SNDBUF) == 40000);
	expect_bytes(fds[0][1], "onetwo");
	for (int i = 1; i < 3; i++) {
		expect_bytes(fds[i][1], "one");
		expect_bytes(fds[i][1], "two");
	}
	for (int i = 0; i < 3; i++) {
		expect_bytes(fds[i][0], "back");
		expect_nothing(fds[i][0]);
		expect_nothing(fds[i][1]);
		say(fds[i][0], "again");
		expect_bytes(fds[i][1], "again");
	}
	expect_bytes(closed[0], "last words");
	expect_end(closed[0]);
	must(send(closed[0], "x", 1, MSG_NOSIGNAL) < 0);
	must(errno == EPIPE);
	expect_bytes(half[1], "that is all");
	expect_end(half[1]);
	say(half[1], "answer");
	expect_bytes(half[0], "answer");
	must(send(half[0], "x", 1, MSG_NOSIGNAL) < 0);
}

/* More than a pipe would hold. */
static void large(void)
{
	static unsigned char bytes[150000];
	int fds[2];
	size_t got = 0;
	ssize_t n;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	set(fds[0], SOL_SOCKET, SO_SNDBUF, 400000);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 >> 3);
	must(write(fds[0], bytes, sizeof(bytes)) == sizeof(bytes));
	wait_for_it();
	memset(bytes, 0, sizeof(bytes));
	while (got < sizeof(bytes)) {
		n = read(fds[1], bytes + got, sizeof(bytes) - got);
		must(n > 0);
		got += (size_t)n;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		must(bytes[i] == (unsigned char)(i * 7 >> 3));
	expect_nothing(fds[1]);
}

static socklen_t address(struct sockaddr_un *a, const char *name)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", name);
	if (name[0] == '@')
		a->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(name) + (name[0] != '@'));
}

static int bound(const char *name, int type)
{
	struct sockaddr_un a;
	socklen_t size = address(&a, name);
	int fd = socket(AF_UNIX, type, 0);

	if (name[0] != '@')
		unlink(name);
	must(fd >= 0);
	must(bind(fd, (struct sockaddr *)&a, size) == 0);
	return fd;
}

static int listener(const char *name, int type)
{
	int fd = bound(name, type);

	must(listen(fd, 5) == 0);
	return fd;
}

static int client(const char *name, int type)
{
	struct sockaddr_un a;
	socklen_t size = address(&a, name);
	int fd = socket(AF_UNIX, type, 0);

	must(fd >= 0);
	must(connect(fd, (struct sockaddr *)&a, size) == 0);
	return fd;
}

static void expect_name(int fd, bool peer, const char *name)
{
	struct sockaddr_un want, got;
	socklen_t size = address(&want, name), got_size = sizeof(got);

	must((peer ? getpeername : getsockname)(fd, (struct sockaddr *)&got,
						&got_size) == 0);
	must(got_size == size);
	must(memcmp(&got, &want, size) == 0);
}

/* Who has come to a name, and who waits for being let in. */
static void names(void)
{
	static const char *const all[] = { "/tmp/path", "@abstract",
					   "relative" };
	int servers[3], clients[3], accepted[3], waiting[3], gone, gone_client,
		gone_accepted, packets;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct stat st;
	pid_t child;

	must(chdir("/tmp") == 0);
	for (int i = 0; i < 3; i++) {
		servers[i] = listener(all[i], SOCK_STREAM);
		clients[i] = client(all[i], SOCK_STREAM);
		accepted[i] = accept(servers[i], NULL, NULL);
		must(accepted[i] >= 0);
		say(clients[i], "hello");
		waiting[i] = client(all[i], SOCK_STREAM);
	}
	must(chmod("/tmp/path", 0640) == 0);
	must(chown("/tmp/path", 12, 13) == 0);
	gone = listener("/tmp/gone", SOCK_STREAM);
	gone_client = client("/tmp/gone", SOCK_STREAM);
	gone_accepted = accept(gone, NULL, NULL);
	unlink("/tmp/gone");
	packets = listener("@packets", SOCK_SEQPACKET);
	/* Somebody else's. */
	child = fork();
	if (child == 0) {
		must(setgid(78) == 0 && setuid(77) == 0);
		client("@packets", SOCK_SEQPACKET);
		for (;;)
			pause();
	}
	packets = accept(packets, NULL, NULL);
	must(packets >= 0);
	wait_for_it();
	for (int i = 0; i < 3; i++) {
		int fd;

		expect_name(servers[i], false, all[i]);
		expect_name(accepted[i], false, all[i]);
		expect_name(clients[i], true, all[i]);
		expect_bytes(accepted[i], "hello");
		say(accepted[i], "welcome");
		expect_bytes(clients[i], "welcome");
		fd = accept(servers[i], NULL, NULL);
		must(fd >= 0);
		say(waiting[i], "at last");
		expect_bytes(fd, "at last");
		must(client(all[i], SOCK_STREAM) >= 0);
		must(accept(servers[i], NULL, NULL) >= 0);
	}
	must(stat("/tmp/path", &st) == 0);
	must((st.st_mode & 07777) == 0640 && st.st_uid == 12 &&
	     st.st_gid == 13);
	expect_name(gone, false, "/tmp/gone");
	must(stat("/tmp/gone", &st) < 0 && errno == ENOENT);
	say(gone_client, "still");
	expect_bytes(gone_accepted, "still");
	must(getsockopt(packets, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0);
	must(peer.pid == child && peer.uid == 77 && peer.gid == 78);
	must(getsockopt(clients[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) ==
	     0);
	must(peer.pid == getpid() && peer.uid == 0);
}

/* Datagrams to a name: of several senders. */
static void datagrams(void)
{
	int to = bound("/tmp/to", SOCK_DGRAM);
	int other = bound("@other", SOCK_DGRAM);
	int sender = bound("@sender", SOCK_DGRAM);
	int connected = client("/tmp/to", SOCK_DGRAM);
	struct sockaddr_un a, want;
	socklen_t size = address(&a, "/tmp/to"), got = sizeof(a);
	char text[16] = "";

	say(connected, "unnamed");
	must(sendto(sender, "named", 5, 0, (struct sockaddr *)&a, size) == 5);
	must(sendto(sender, "", 0, 0, (struct sockaddr *)&a, size) == 0);
	say(connected, "third");
	size = address(&a, "@other");
	must(connect(sender, (struct sockaddr *)&a, size) == 0);
	size = address(&a, "@sender");
	must(connect(other, (struct sockaddr *)&a, size) == 0);
	say(sender, "for other");
	wait_for_it();
	expect_bytes(to, "unnamed");
	must(recvfrom(to, text, sizeof(text), 0, (struct sockaddr *)&a, &got) ==
	     5);
	must(strcmp(text, "named") == 0);
	size = address(&want, "@sender");
	must(got == size && memcmp(&a, &want, size) == 0);
	must(recv(to, text, sizeof(text), MSG_DONTWAIT) == 0);
	expect_bytes(to, "third");
	expect_nothing(to);
	expect_bytes(other, "for other");
	say(connected, "more");
	expect_bytes(to, "more");
	say(other, "answer");
	expect_bytes(sender, "answer");
}

static void send_fds(int over, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} c = { 0 };
	char text[] = "fds";
	struct iovec v = { text, 3 };
	struct msghdr h = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = c.bytes,
		.msg_controllen = CMSG_SPACE(sizeof(int) * count),
	};

	c.header.cmsg_level = SOL_SOCKET;
	c.header.cmsg_type = SCM_RIGHTS;
	c.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(&c.header), fds, sizeof(int) * count);
	must(sendmsg(over, &h, 0) == 3);
}

static void take_fds(int from, int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} c = { 0 };
	char bytes[16];
	struct iovec v = { bytes, sizeof(bytes) };
	struct msghdr h = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = c.bytes,
		.msg_controllen = sizeof(c),
	};

	must(recvmsg(from, &h, MSG_DONTWAIT) == 3);
	must(CMSG_FIRSTHDR(&h) != NULL);
	must(c.header.cmsg_type == SCM_RIGHTS &&
	     c.header.cmsg_len == CMSG_LEN(sizeof(int) * count));
	memcpy(fds, CMSG_DATA(&c.header), sizeof(int) * count);
}

/* Files that only a message has; one of them is a socket with such a message. */
static void passed(void)
{
	int over[2], inner[2], ends[2], fds[3], file, kept;
	char text[16] = "";

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, over) == 0);
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, inner) == 0);
	must(pipe(ends) == 0);
	file = open("/etc/passwd", O_RDONLY);
	must(file >= 0 && lseek(file, 4, SEEK_SET) == 4);
	kept = dup(file);
	must(write(ends[1], "piped", 5) == 5);
	say(over[0], "before");
	send_fds(inner[0], ends, 2);
	fds[0] = inner[1];
	fds[1] = file;
	fds[2] = over[1];
	send_fds(over[0], fds, 3);
	say(over[0], "behind");
	close(ends[0]);
	close(ends[1]);
	close(inner[1]);
	close(file);
	wait_for_it();
	expect_part(over[1], "before");
	take_fds(over[1], fds, 3);
	must(lseek(kept, 0, SEEK_CUR) == 4);
	must(lseek(fds[1], 9, SEEK_SET) == 9 && lseek(kept, 0, SEEK_CUR) == 9);
	expect_bytes(fds[2], "behind");
	take_fds(fds[0], ends, 2);
	must(read(ends[0], text, sizeof(text)) == 5);
	must(strcmp(text, "piped") == 0);
}

static void expect_sender(int fd, const char *text, pid_t pid, uid_t uid)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} c = { 0 };
	char bytes[16] = "";
	struct iovec v = { bytes, strlen(text) };
	struct msghdr h = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = c.bytes,
		.msg_controllen = sizeof(c),
	};
	struct ucred who;

	must(recvmsg(fd, &h, MSG_DONTWAIT) == (ssize_t)strlen(text));
	must(strcmp(bytes, text) == 0);
	must(CMSG_FIRSTHDR(&h) && c.header.cmsg_type == SCM_CREDENTIALS);
	memcpy(&who, CMSG_DATA(&c.header), sizeof(who));
	if (who.pid != pid || who.uid != uid)
		tell("'%s' is from %d (%u)", text, who.pid, who.uid);
}

/* Who has sent what waits, and who will. */
static void credentials(void)
{
	int fds[2], status;
	pid_t child;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	set(fds[1], SOL_SOCKET, SO_PASSCRED, 1);
	child = fork();
	if (child == 0) {
		must(setuid(77) == 0);
		say(fds[0], "child");
		for (;;)
			pause();
	}
	do
		must(ioctl(fds[1], FIONREAD, &status) == 0);
	while (status != 5);
	say(fds[0], "self");
	wait_for_it();
	must(get(fds[1], SOL_SOCKET, SO_PASSCRED) == 1);
	expect_sender(fds[1], "child", child, 77);
	expect_sender(fds[1], "self", getpid(), 0);
	say(fds[0], "later");
	expect_sender(fds[1], "later", getpid(), 0);
}

/* Two halves, for two containers, or one and its host. */
static void half_of_name(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/half", dir);
	fd = listener(path, SOCK_STREAM);
	fd = accept(fd, NULL, NULL);
	must(fd >= 0);
	for (;;)
		pause();
}

static void other_half(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/half", dir);
	fd = client(path, SOCK_STREAM);
	wait_for_it();
	say(fd, "still there");
}

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* On the host: the other halves of what cut() has. */
static void outside(void)
{
	int log = bound(in_dir("log"), SOCK_DGRAM),
	    stream = listener(in_dir("stream"), SOCK_STREAM),
	    packets = listener(in_dir("packets"), SOCK_SEQPACKET), accepted;
	struct sockaddr_un a;
	socklen_t size;

	listener(in_dir("late"), SOCK_STREAM);
	stream = accept(stream, NULL, NULL);
	packets = accept(packets, NULL, NULL);
	say(stream, "unread");
	say(packets, "one");
	say(packets, "two");
	size = address(&a, in_dir("named"));
	must(sendto(log, "for you", 7, 0, (struct sockaddr *)&a, size) == 7);
	accepted = client(in_dir("inside"), SOCK_STREAM);
	client(in_dir("inside"), SOCK_STREAM);
	say(accepted, "hello");
	for (;;)
		pause();
}

static void expect_gone(int fd)
{
	expect_end(fd);
	must(send(fd, "x", 1, MSG_NOSIGNAL) < 0);
	must(errno == EPIPE);
}

/* What the other half of is outside, and is not any more behind a restore. */
static void cut(void)
{
	int server = listener(in_dir("inside"), SOCK_STREAM),
	    named = bound(in_dir("named"), SOCK_DGRAM),
	    log = client("/dev/log", SOCK_DGRAM),
	    packets = client(in_dir("packets"), SOCK_SEQPACKET),
	    late = client(in_dir("late"), SOCK_STREAM),
	    stream = client(in_dir("stream"), SOCK_STREAM),
	    accepted = accept(server, NULL, NULL);
	struct pollfd p = { .fd = accepted, .events = POLLIN };
	struct sockaddr_un a;
	socklen_t size = address(&a, "/dev/log");

	must(connect(named, (struct sockaddr *)&a, size) == 0);
	must(poll(&p, 1, TIMEOUT_MS) == 1);
	say(log, "this is outside now");
	wait_for_it();
	expect_bytes(stream, "unread");
	expect_gone(stream);
	expect_bytes(packets, "one");
	expect_bytes(packets, "two");
	expect_gone(packets);
	expect_gone(late);
	must(send(log, "x", 1, MSG_NOSIGNAL) < 0);
	must(errno == ECONNREFUSED);
	expect_bytes(named, "for you");
	expect_name(named, false, in_dir("named"));
	must(send(named, "x", 1, MSG_NOSIGNAL) < 0);
	must(errno == ECONNREFUSED);
	expect_bytes(accepted, "hello");
	expect_gone(accepted);
	must(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
	must(accept(server, NULL, NULL) < 0);
	must(errno == EAGAIN);
	client(in_dir("inside"), SOCK_STREAM);
	must(accept(server, NULL, NULL) >= 0);
}

/* Something on its way to who has not let us in yet. */
static void impatient(void)
{
	int to = listener("@late", SOCK_STREAM);

	say(client("@late", SOCK_STREAM), "hello");
	wait_for_it();
	expect_bytes(accept(to, NULL, NULL), "hello");
}

static int inet(int family, int type, int protocol, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6,
				  .sin6_port = htons(port) };
	int fd = socket(family, type, protocol);

	must(fd >= 0);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (port)
		must((family == AF_INET
			      ? bind(fd, (struct sockaddr *)&a, sizeof(a))
			      : bind(fd, (struct sockaddr *)&b, sizeof(b))) ==
		     0);
	return fd;
}

static int to_port(int fd, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

/* As many may wait as before. */
static int backlog(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	must(info.tcpi_state == TCP_LISTEN);
	return (int)info.tcpi_sacked;
}

/* Who listens, on the same port more than once. */
static void listeners(void)
{
	int four = inet(AF_INET, SOCK_STREAM, 0, 700),
	    same = inet(AF_INET, SOCK_STREAM, 0, 700),
	    six = inet(AF_INET6, SOCK_STREAM, 0, 700),
	    bound = inet(AF_INET, SOCK_STREAM, 0, 701), fresh, fd;

	must(listen(four, 17) == 0 && listen(same, 3) == 0 &&
	     listen(six, 5) == 0);
	set(four, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0);
	set(four, IPPROTO_TCP, TCP_NODELAY, 1);
	set(four, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(six, SOL_SOCKET, SO_RCVBUF, 33333);
	fresh = socket(AF_INET, SOCK_STREAM, 0);
	wait_for_it();
	must(backlog(four) == 17 && backlog(same) == 3 && backlog(six) == 5);
	must(get(four, SOL_SOCKET, SO_REUSEPORT) == 1);
	must(get(six, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	must(get(four, IPPROTO_TCP, TCP_NODELAY) == 1);
	must(get(four, SOL_SOCKET, SO_KEEPALIVE) == 1);
	must(get(six, SOL_SOCKET, SO_RCVBUF) == 66666);
	must(get(same, SOL_SOCKET, SO_KEEPALIVE) == 0);
	close(same);
	to_port(fresh, 700);
	fd = accept(four, NULL, NULL);
	must(fd >= 0);
	say(fresh, "hello");
	expect_bytes(fd, "hello");
	must(listen(bound, 1) == 0);
	to_port(socket(AF_INET, SOCK_STREAM, 0), 701);
}

/* All that sends packets. */
static void packets(void)
{
	int udp = inet(AF_INET, SOCK_DGRAM, 0, 700),
	    six = inet(AF_INET6, SOCK_DGRAM, 0, 700),
	    connected = to_port(socket(AF_INET, SOCK_DGRAM, 0), 700),
	    raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP),
	    route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
	    used = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK,
				      .nl_groups = RTMGRP_LINK },
			   own = { .nl_pid = 0 };
	struct sockaddr_in a = { .sin_port = 0 };
	struct sock_filter all[] = { { 0x06, 0, 0, 0xffff } };
	struct sock_fprog filter = { 1, all };
	socklen_t size = sizeof(a), own_size = sizeof(own);
	uint16_t port;

	must(bind(route, (struct sockaddr *)&kernel, sizeof(kernel)) == 0);
	must(getsockname(route, (struct sockaddr *)&own, &own_size) == 0);
	port = (uint16_t)own.nl_pid;
	must(raw >= 0 && used >= 0);
	must(setsockopt(raw, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			sizeof(filter)) == 0);
	set(udp, IPPROTO_IP, IP_TTL, 7);
	set(connected, SOL_SOCKET, SO_BROADCAST, 1);
	must(getsockname(connected, (struct sockaddr *)&a, &size) == 0);
	kernel.nl_pid = a.sin_port;
	wait_for_it();
	must(get(udp, IPPROTO_IP, IP_TTL) == 7);
	must(get(connected, SOL_SOCKET, SO_BROADCAST) == 1);
	must(getsockname(connected, (struct sockaddr *)&a, &size) == 0);
	must(a.sin_port == kernel.nl_pid);
	say(connected, "hello");
	expect_bytes(udp, "hello");
	must(get(six, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	size = 0;
	must(getsockopt(raw, SOL_SOCKET, SO_GET_FILTER, NULL, &size) == 0);
	must(size == 1);
	must(get(raw, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_ICMP);
	own_size = sizeof(own);
	must(getsockname(route, (struct sockaddr *)&own, &own_size) == 0);
	must(own.nl_groups == RTMGRP_LINK && (uint16_t)own.nl_pid == port);
}

/* Both ends of connections inside, with something on its way in each direction. */
static void loops(void)
{
	int server = inet(AF_INET, SOCK_STREAM, 0, 700), fds[3][2];

	must(listen(server, 5) == 0);
	for (int i = 0; i < 3; i++) {
		fds[i][0] = to_port(socket(AF_INET, SOCK_STREAM, 0), 700);
		fds[i][1] = accept(server, NULL, NULL);
		must(fds[i][1] >= 0);
		say(fds[i][0], "to server");
		say(fds[i][1], "to client");
	}
	set(fds[0][0], IPPROTO_TCP, TCP_NODELAY, 1);
	must(shutdown(fds[1][0], SHUT_WR) == 0);
	close(fds[2][0]);
	wait_for_it();
	must(get(fds[0][0], IPPROTO_TCP, TCP_NODELAY) == 1);
	for (int i = 0; i < 2; i++) {
		expect_bytes(fds[i][1], "to server");
		expect_bytes(fds[i][0], "to client");
		say(fds[i][1], "answer");
		expect_bytes(fds[i][0], "answer");
	}
	say(fds[0][0], "more");
	expect_bytes(fds[0][1], "more");
	expect_end(fds[1][1]);
}

/* A service: what comes is sent back, and "ticks" say that it is alive. */
static void echo(void)
{
	int server = inet(AF_INET, SOCK_STREAM, 0, 700), fd = -1;
	char bytes[4096];
	char path[256];

	must(listen(server, 5) == 0);
	must(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
	snprintf(path, sizeof(path), "%s/end", dir);
	while (!tick()) {
		struct pollfd p = { .fd = fd >= 0 ? fd : server,
				    .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, TICK_MS) != 1)
			continue;
		if (fd < 0) {
			fd = accept(server, NULL, NULL);
			continue;
		}
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n <= 0) {
			int end = open(path, O_WRONLY | O_CREAT, 0666);

			dprintf(end, "%zd %d\n", n, n < 0 ? errno : 0);
			n = recv(fd, bytes, sizeof(bytes), 0);
			dprintf(end, "%zd %d\n", n, n < 0 ? errno : 0);
			close(end);
			close(fd);
			fd = -1;
			continue;
		}
		for (ssize_t done = 0; done < n;) {
			ssize_t m = send(fd, bytes + done, (size_t)(n - done),
					 MSG_NOSIGNAL);

			must(m > 0);
			done += m;
		}
	}
}

static void audit(void)
{
	must(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) >= 0);
	wait_for_it();
}

const struct mode modes[] = {
	{ "listeners", listeners },
	{ "packets", packets },
	{ "audit", audit },
	{ "loops", loops },
	{ "echo", echo },
	{ "pairs", pairs },
	{ "large", large },
	{ "names", names },
	{ "datagrams", datagrams },
	{ "passed", passed },
	{ "credentials", credentials },
	{ "half", half_of_name },
	{ "other_half", other_half },
	{ "impatient", impatient },
	{ "outside", outside },
	{ "cut", cut },
	{ 0 },
};
