/* cr_option.c - what is set on a socket, into an image and back */
#include "cr_option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netlink.h>

#include "common/count.h"
#include "common/report.h"

enum {
	TEXT_MAX = 16,
	FILTER_MAX = 4096, /* instructions: BPF_MAXINSNS */
	ICMPV6_FILTER = 1,
	BUF_LOCK = 72,   /* SO_BUF_LOCK, since Linux 5.13 */
	PASSPIDFD = 76,  /* SO_PASSPIDFD, since Linux 6.5 */
	PASSRIGHTS = 83, /* SO_PASSRIGHTS, since Linux 6.16 */
	SNDBUF_LOCKED = 1,
	RCVBUF_LOCKED = 2,
};

enum { EARLY = 1, HALF = 2, VAGUE = 4 };

/* The order is part of the image.  HALF: the kernel tells twice what it was
 * told; and these are set by another one, which knows no limit.  VAGUE: it tells
 * something also where nobody can set it. */
static const struct row {
	uint16_t level, name, size, flags, set;
} rows[] = {
	{ SOL_SOCKET, SO_ATTACH_FILTER, 0 },
	{ SOL_SOCKET, SO_REUSEADDR, 4, EARLY },
	{ SOL_SOCKET, SO_REUSEPORT, 4, EARLY },
	{ SOL_SOCKET, SO_BINDTODEVICE, TEXT_MAX, EARLY },
	{ SOL_SOCKET, SO_PASSCRED, 4, EARLY },
	{ SOL_SOCKET, SO_MARK, 4, EARLY },
	{ SOL_IP, IP_FREEBIND, 4, EARLY },
	{ SOL_IP, IP_TRANSPARENT, 4, EARLY },
	{ SOL_IP, IP_BIND_ADDRESS_NO_PORT, 4, EARLY },
	{ SOL_IPV6, IPV6_V6ONLY, 4, EARLY },
	{ SOL_IPV6, IPV6_FREEBIND, 4, EARLY },
	{ SOL_IPV6, IPV6_TRANSPARENT, 4, EARLY },
	{ SOL_SOCKET, SO_SNDBUF, 4, HALF, SO_SNDBUFFORCE },
	{ SOL_SOCKET, SO_RCVBUF, 4, HALF, SO_RCVBUFFORCE },
	{ SOL_SOCKET, BUF_LOCK, 4 },
	{ SOL_SOCKET, SO_DONTROUTE, 4 },
	{ SOL_SOCKET, SO_BROADCAST, 4 },
	{ SOL_SOCKET, SO_KEEPALIVE, 4 },
	{ SOL_SOCKET, SO_OOBINLINE, 4 },
	{ SOL_SOCKET, SO_NO_CHECK, 4 },
	{ SOL_SOCKET, SO_PRIORITY, 4 },
	{ SOL_SOCKET, SO_LINGER, sizeof(struct linger) },
	{ SOL_SOCKET, SO_RCVLOWAT, 4 },
	{ SOL_SOCKET, SO_RCVTIMEO, sizeof(struct timeval) },
	{ SOL_SOCKET, SO_SNDTIMEO, sizeof(struct timeval) },
	{ SOL_SOCKET, SO_TIMESTAMP, 4 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, 4 },
	{ SOL_SOCKET, SO_TIMESTAMPING, 4 },
	{ SOL_SOCKET, SO_PASSSEC, 4 },
	{ SOL_SOCKET, PASSPIDFD, 4 },
	{ SOL_SOCKET, PASSRIGHTS, 4 },
	{ SOL_SOCKET, SO_RXQ_OVFL, 4 },
	{ SOL_SOCKET, SO_PEEK_OFF, 4 },
	{ SOL_SOCKET, SO_BUSY_POLL, 4 },
	{ SOL_IP, IP_TOS, 4 },
	{ SOL_IP, IP_TTL, 4 },
	{ SOL_IP, IP_HDRINCL, 4 },
	{ SOL_IP, IP_PKTINFO, 4 },
	{ SOL_IP, IP_MTU_DISCOVER, 4 },
	{ SOL_IP, IP_RECVERR, 4 },
	{ SOL_IP, IP_RECVTTL, 4 },
	{ SOL_IP, IP_RECVTOS, 4 },
	{ SOL_IP, IP_MULTICAST_IF, 4 },
	{ SOL_IP, IP_MULTICAST_TTL, 4, VAGUE },
	{ SOL_IP, IP_MULTICAST_LOOP, 4 },
	{ SOL_IPV6, IPV6_CHECKSUM, 4 },
	{ SOL_IPV6, IPV6_UNICAST_HOPS, 4 },
	{ SOL_IPV6, IPV6_MULTICAST_IF, 4 },
	{ SOL_IPV6, IPV6_MULTICAST_HOPS, 4, VAGUE },
	{ SOL_IPV6, IPV6_MULTICAST_LOOP, 4 },
	{ SOL_IPV6, IPV6_MTU_DISCOVER, 4 },
	{ SOL_IPV6, IPV6_RECVERR, 4 },
	{ SOL_IPV6, IPV6_RECVPKTINFO, 4 },
	{ SOL_IPV6, IPV6_RECVHOPLIMIT, 4 },
	{ SOL_IPV6, IPV6_RECVTCLASS, 4 },
	{ SOL_IPV6, IPV6_TCLASS, 4 },
	{ SOL_TCP, TCP_NODELAY, 4 },
	{ SOL_TCP, TCP_CORK, 4 },
	{ SOL_TCP, TCP_KEEPIDLE, 4 },
	{ SOL_TCP, TCP_KEEPINTVL, 4 },
	{ SOL_TCP, TCP_KEEPCNT, 4 },
	{ SOL_TCP, TCP_SYNCNT, 4 },
	{ SOL_TCP, TCP_LINGER2, 4 },
	{ SOL_TCP, TCP_DEFER_ACCEPT, 4 },
	{ SOL_TCP, TCP_USER_TIMEOUT, 4 },
	{ SOL_TCP, TCP_FASTOPEN, 4 },
	{ SOL_TCP, TCP_NOTSENT_LOWAT, 4 },
	{ SOL_TCP, TCP_CONGESTION, TEXT_MAX },
	{ SOL_RAW, 1 /* ICMP_FILTER */, 4 },
	{ IPPROTO_ICMPV6, ICMPV6_FILTER, 32 },
	{ SOL_NETLINK, NETLINK_PKTINFO, 4 },
	{ SOL_NETLINK, NETLINK_BROADCAST_ERROR, 4 },
	{ SOL_NETLINK, NETLINK_NO_ENOBUFS, 4 },
	{ SOL_NETLINK, NETLINK_CAP_ACK, 4 },
	{ SOL_NETLINK, NETLINK_EXT_ACK, 4 },
	{ SOL_NETLINK, NETLINK_GET_STRICT_CHK, 4 },
};

bool cr_option_is_known(uint32_t row, size_t size)
{
	if (row >= COUNT(rows))
		return false;
	if (rows[row].size == 0)
		return size % sizeof(struct sock_filter) == 0 && size > 0 &&
		       size <= FILTER_MAX * sizeof(struct sock_filter);
	return size == rows[row].size;
}

static int get(int fd, const struct row *row, void *bytes)
{
	socklen_t size = row->size;

	memset(bytes, 0, row->size);
	return getsockopt(fd, row->level, row->name, bytes, &size);
}

static struct cr_option *add(struct cr_image *image, uint32_t number,
			     uint32_t row, const void *bytes, size_t size)
{
	struct cr_option *o = cr_add(image, CR_OPTION, sizeof(*o) + size);

	o->file = number;
	o->row = row;
	memcpy(o->bytes, bytes, size);
	return o;
}

/* It is counted in instructions. */
static int dump_filter(struct cr_image *image, uint32_t number, int fd)
{
	static struct sock_filter filter[FILTER_MAX];
	socklen_t count = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) < 0)
		return errno == EACCES ? -1 : 0;
	if (count == 0)
		return 0;
	if (count > FILTER_MAX ||
	    getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, filter, &count) < 0)
		return -1;
	add(image, number, 0, filter, count * sizeof(*filter));
	return 0;
}

int cr_options_dump(struct cr_image *image, uint32_t number, int fd)
{
	static const struct row locks = { SOL_SOCKET, BUF_LOCK, 4 };
	char bytes[64];
	int locked;

	/* What nobody has set the kernel may go on changing. */
	if (get(fd, &locks, &locked) < 0)
		locked = SNDBUF_LOCKED | RCVBUF_LOCKED;
	for (uint32_t i = 1; i < COUNT(rows); i++) {
		const struct row *row = rows + i;

		if ((row->set == SO_SNDBUFFORCE && !(locked & SNDBUF_LOCKED)) ||
		    (row->set == SO_RCVBUFFORCE && !(locked & RCVBUF_LOCKED)))
			continue;
		if (get(fd, row, bytes) == 0)
			add(image, number, i, bytes, row->size);
	}
	return dump_filter(image, number, fd);
}

static int set_filter(int fd, const struct cr_option *o, size_t size)
{
	struct sock_fprog program = {
		.len = (unsigned short)(size / sizeof(struct sock_filter)),
	};
	static struct sock_filter filter[FILTER_MAX];

	memcpy(filter, o->bytes, size);
	program.filter = filter;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

static int set(int fd, const struct cr_option *o, size_t size)
{
	const struct row *row = rows + o->row;
	char now[64];
	int value;

	if (row->size == 0)
		return set_filter(fd, o, size);
	if (get(fd, row, now) == 0 && memcmp(now, o->bytes, size) == 0)
		return 0;
	if (!(row->flags & HALF))
		return setsockopt(fd, row->level, row->name, o->bytes,
				  (socklen_t)size);
	memcpy(&value, o->bytes, sizeof(value));
	value /= 2;
	return setsockopt(fd, row->level, row->set, &value, sizeof(value));
}

void cr_options_restore(const struct cr_image *image, uint32_t number, int fd,
			bool early)
{
	const struct cr_option *o;

	cr_each (o, image, NULL, CR_OPTION, 0) {
		if (o->file != number ||
		    (early && !(rows[o->row].flags & EARLY)))
			continue;
		if (set(fd, o, cr_length(o) - sizeof(*o)) < 0 &&
		    !(rows[o->row].flags & VAGUE))
			warn("!cannot set option %u:%u of a socket again",
			     rows[o->row].level, rows[o->row].name);
	}
}
