/* cr_inet.c - sockets of the Internet and of netlink, into an image and back */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "common/count.h"
#include "common/report.h"
#include "cr_obstacle.h"
#include "cr_places.h"
#include "cr_seize.h"
#include "cr_socket.h"
#include "cr_tcp.h"

/* Of TCP_INFO, of one that listens. */
static int dump_listener(const struct cr_found *f, const struct tcp_info *info)
{
	f->s->backlog = info->tcpi_sacked;
	/* They are reset, as nobody knows of them. */
	if (info->tcpi_unacked > 0 && !cr_tcp_is_free())
		return cr_obstacle(
			f->p,
			"fd %d has %u connections that are not accepted yet",
			f->fd, info->tcpi_unacked);
	return 0;
}

static int dump_tcp(const struct cr_found *f, int copy)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(copy, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return fail("cannot read a connection of process %d",
			    f->p->inner);
	if (info.tcpi_state == TCP_LISTEN)
		return dump_listener(f, &info);
	if (info.tcpi_state == TCP_CLOSE)
		return 0;
	/* It begins once more; it has no other end yet. */
	if (info.tcpi_state == TCP_SYN_SENT)
		return 0;
	f->s->flags |= CR_CONNECTED;
	return cr_tcp_note(f);
}

/* What waits in the others is lost, as it may be on any way. */
int cr_inet_dump(const struct cr_found *f, int copy)
{
	switch (f->s->protocol) {
	case IPPROTO_TCP:
		return dump_tcp(f, copy);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 0;
	default:
		if (f->s->type == SOCK_RAW)
			return 0;
		return cr_obstacle(f->p, "fd %d is a socket of protocol %u",
				   f->fd, f->s->protocol);
	}
}

/* Those that answer when they are asked, and know nothing in between. */
static const struct {
	uint16_t number;
	bool works;
	const char *name;
} protocols[] = {
	{ NETLINK_ROUTE, true, "route" },
	{ NETLINK_SOCK_DIAG, true, "sock_diag" },
	{ NETLINK_KOBJECT_UEVENT, true, "uevent" },
	{ NETLINK_AUDIT, false, "audit" },
	{ NETLINK_CONNECTOR, false, "connector" },
	{ NETLINK_GENERIC, false, "generic" },
	{ NETLINK_NETFILTER, false, "netfilter" },
	{ NETLINK_SELINUX, false, "selinux" },
	{ NETLINK_XFRM, false, "xfrm" },
	{ NETLINK_CRYPTO, false, "crypto" },
};

int cr_netlink_dump(const struct cr_found *f, int copy)
{
	const char *name = "an unknown protocol";
	char byte;

	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (protocols[i].number != f->s->protocol)
			continue;
		name = protocols[i].name;
		if (!protocols[i].works)
			break;
		if (recv(copy, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
			return 0;
		return cr_obstacle(
			f->p, "fd %d has netlink messages (%s) that are unread",
			f->fd, name);
	}
	return cr_obstacle(f->p, "fd %d is a netlink socket (%s)", f->fd, name);
}

static bool has_address(const uint8_t *name, uint32_t size)
{
	static const uint8_t none[128];

	/* All but the family, which is never nothing. */
	return size > sizeof(uint16_t) && memcmp(name + sizeof(uint16_t), none,
						 size - sizeof(uint16_t)) != 0;
}

/* An address may still be on its way to be there (IPv6), or was never wanted to
 * be: the options say so afterwards. */
static void allow_any_address(int fd, const struct cr_socket *s)
{
	const int on = 1;

	if (s->family == AF_INET)
		setsockopt(fd, SOL_IP, IP_FREEBIND, &on, sizeof(on));
	if (s->family == AF_INET6)
		setsockopt(fd, SOL_IPV6, IPV6_FREEBIND, &on, sizeof(on));
}

static const char *text_of(const struct cr_socket *s)
{
	return s->family == AF_NETLINK      ? "a netlink socket"
	       : s->protocol == IPPROTO_TCP ? "a TCP socket"
	       : s->protocol == IPPROTO_UDP ? "a UDP socket"
					    : "a socket";
}

static unsigned int port_of(const struct cr_socket *s)
{
	uint16_t port;

	if (s->family == AF_NETLINK)
		return 0;
	memcpy(&port, s->name + sizeof(uint16_t), sizeof(port));
	return ntohs(port);
}

int cr_inet_open(const struct cr_socket *s)
{
	int fd = socket(s->family, s->type, s->protocol);

	if (fd < 0)
		die("cannot make %s", text_of(s));
	return fd;
}

void cr_inet_set_up(const struct cr_image *image, const struct cr_socket *s,
		    int fd)
{
	allow_any_address(fd, s);
	if (s->flags & CR_CONNECTED) {
		cr_tcp_restore(image, s, fd);
		return;
	}
	cr_set_flags(fd, O_NONBLOCK);
	if (has_address(s->name, s->name_size) &&
	    bind(fd, (const void *)s->name, s->name_size) < 0)
		die("cannot give %s its port %u again", text_of(s), port_of(s));
	if (s->flags & CR_LISTENS && listen(fd, (int)s->backlog) < 0)
		die("cannot listen on port %u again", port_of(s));
	if (has_address(s->peer_name, s->peer_name_size) &&
	    connect(fd, (const void *)s->peer_name, s->peer_name_size) < 0 &&
	    errno != EINPROGRESS)
		die("cannot connect %s again", text_of(s));
}
