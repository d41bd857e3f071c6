/* cr_tcp.c - connections of TCP, into an image */
#include "cr_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sockios.h>

#include "common/report.h"
#include "cr_obstacle.h"
#include "cr_seize.h"

enum {
	CONNECTIONS_MAX = 4096,
};

static struct connection {
	const struct cr_found *f;
	int copy;
	bool inside; /* its other end is, too */
	bool reset;
} connections[CONNECTIONS_MAX];
static size_t connection_count;
static enum cr_tcp_mode mode;
static bool lonely;

void cr_tcp_begin(enum cr_tcp_mode wanted, bool is_lonely)
{
	mode = wanted;
	lonely = is_lonely;
	connection_count = 0;
}

bool cr_tcp_is_free(void)
{
	return mode != CR_TCP_REFUSE;
}

int cr_tcp_note(const struct cr_found *f)
{
	if (connection_count == CONNECTIONS_MAX)
		return cr_obstacle(f->p, "there are too many connections");
	connections[connection_count++] =
		(struct connection){ .f = f, .copy = -1 };
	return 0;
}

static bool is_same(const uint8_t *a, uint32_t a_size, const uint8_t *b,
		    uint32_t b_size)
{
	return a_size == b_size && memcmp(a, b, a_size) == 0;
}

static bool has_other_end(const struct connection *c)
{
	const struct cr_socket *s = c->f->s;

	for (size_t i = 0; i < connection_count; i++) {
		const struct cr_socket *o = connections[i].f->s;

		if (is_same(s->name, s->name_size, o->peer_name,
			    o->peer_name_size) &&
		    is_same(o->name, o->name_size, s->peer_name,
			    s->peer_name_size))
			return true;
	}
	return false;
}

static bool is_to_itself(const struct cr_socket *s)
{
	struct sockaddr_in6 a;
	struct sockaddr_in b;

	memcpy(&a, s->peer_name, sizeof(a));
	memcpy(&b, s->peer_name, sizeof(b));
	if (s->family == AF_INET)
		return ntohl(b.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&a.sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&a.sin6_addr) &&
		a.sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

static const char *text_of(const struct cr_socket *s)
{
	static char text[INET6_ADDRSTRLEN + 16];
	char host[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in6 a;
	struct sockaddr_in b;

	memcpy(&a, s->peer_name, sizeof(a));
	memcpy(&b, s->peer_name, sizeof(b));
	if (s->family == AF_INET6)
		inet_ntop(AF_INET6, &a.sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &b.sin_addr, host, sizeof(host));
	snprintf(text, sizeof(text),
		 s->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(b.sin_port));
	return text;
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

/* Nothing gets in any more. */
static int make_deaf(int fd)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog filter = { 1, nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			  sizeof(filter));
}

static void make_hear(int fd)
{
	int unused = 0;

	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
}

static bool has_filter(int fd)
{
	socklen_t count = 0;

	return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) < 0 ||
	       count > 0;
}

static int get(int fd, int name, void *value, socklen_t size)
{
	return getsockopt(fd, IPPROTO_TCP, name, value, &size);
}

/* What is in a queue; its size was asked for before. */
static int read_queue(int fd, int queue, uint32_t *seq, char *bytes,
		      size_t size)
{
	ssize_t n;

	if (set(fd, TCP_REPAIR_QUEUE, queue) < 0 ||
	    get(fd, TCP_QUEUE_SEQ, seq, sizeof(*seq)) < 0)
		return -1;
	if (size == 0)
		return 0;
	n = recv(fd, bytes, size, MSG_PEEK | MSG_DONTWAIT);
	return n == (ssize_t)size ? 0 : -1;
}

static bool has_sent_end(uint32_t state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 ||
	       state == TCP_CLOSING || state == TCP_LAST_ACK;
}

/* Also when we have said so ourselves, in place of the other end. */
static bool has_got_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & POLLRDHUP;
}

static int read_state(struct cr_image *image, const struct connection *c)
{
	int in = 0, out = 0;
	struct tcp_info info;
	struct cr_tcp *t;

	if (ioctl(c->copy, SIOCINQ, &in) < 0 ||
	    ioctl(c->copy, SIOCOUTQ, &out) < 0 ||
	    get(c->copy, TCP_INFO, &info, sizeof(info)) < 0)
		return -1;
	/* The end that was sent is counted, but is no byte; if it has been
	 * acknowledged nothing is left. */
	if (has_sent_end(info.tcpi_state) && out > 0) {
		out--;
	}
	t = cr_add(image, CR_TCP, sizeof(*t) + (size_t)in + (size_t)out);
	t->file = c->f->s->file;
	t->state = info.tcpi_state;
	t->ended = has_got_end(c->copy);
	t->in_size = (uint32_t)in;
	t->out_size = (uint32_t)out;
	/* Its timers may yet send what was not: an acknowledgement of what
	 * seems unsent would never be believed. */
	t->unsent = 0;
	t->options = info.tcpi_options;
	t->scales = info.tcpi_snd_wscale | (uint32_t)info.tcpi_rcv_wscale << 16;
	if (get(c->copy, TCP_MAXSEG, &t->mss, sizeof(t->mss)) < 0 ||
	    get(c->copy, CR_REPAIR_WINDOW, t->window, sizeof(t->window)) < 0 ||
	    get(c->copy, TCP_TIMESTAMP, &t->timestamp, sizeof(t->timestamp)) <
		    0)
		return -1;
	return read_queue(c->copy, CR_RECV_QUEUE, &t->in_seq, t->bytes,
			  t->in_size) < 0 ||
			       read_queue(c->copy, CR_SEND_QUEUE, &t->out_seq,
					  t->bytes + in, t->out_size) < 0
		       ? -1
		       : 0;
}

static int keep(struct cr_image *image, struct connection *c)
{
	char protocol[16] = "";
	int result, reuse = 0;
	socklen_t size = sizeof(reuse);

	if (get(c->copy, TCP_ULP, protocol, sizeof(protocol)) == 0 &&
	    protocol[0])
		return cr_obstacle(c->f->p, "fd %d is a connection with %.16s",
				   c->f->fd, protocol);
	if (has_filter(c->copy))
		return cr_obstacle(c->f->p,
				   "fd %d is a connection with a filter",
				   c->f->fd);
	/* Which the repair forgets. */
	getsockopt(c->copy, SOL_SOCKET, SO_REUSEADDR, &reuse, &size);
	if (make_deaf(c->copy) < 0 || set(c->copy, TCP_REPAIR, 1) < 0)
		return fail("cannot hold a connection of process %d",
			    c->f->p->inner);
	result = read_state(image, c);
	set(c->copy, TCP_REPAIR, CR_REPAIR_SILENT);
	setsockopt(c->copy, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
	if (result < 0)
		return fail("cannot read a connection of process %d",
			    c->f->p->inner);
	return 0;
}

/* Who is outside has to agree. */
static int judge(struct connection *c)
{
	/* An end that nobody has any more is still inside. */
	c->inside = has_other_end(c) || (!lonely && is_to_itself(c->f->s));
	if (c->inside)
		return 0;
	if (mode == CR_TCP_CLOSE) {
		c->reset = true;
		c->f->s->flags |= CR_RESET;
		return 0;
	}
	if (mode == CR_TCP_REFUSE)
		return cr_obstacle(
			c->f->p,
			"fd %d is a connection to %s (--tcp-established, --tcp-close)",
			c->f->fd, text_of(c->f->s));
	if (lonely)
		return cr_obstacle(
			c->f->p,
			"fd %d is a connection to %s, and the network is not its own",
			c->f->fd, text_of(c->f->s));
	return 0;
}

int cr_tcp_finish(struct cr_image *image, bool content)
{
	for (size_t i = 0; i < connection_count; i++) {
		struct connection *c = connections + i;

		if (judge(c) < 0)
			return -1;
		if (!content)
			continue;
		c->copy = cr_socket_copy(c->f);
		if (c->copy < 0)
			return fail("cannot copy fd %d of process %d", c->f->fd,
				    c->f->p->inner);
		if (!c->reset && keep(image, c) < 0)
			return -1;
	}
	return 0;
}

bool cr_tcp_is_kept(void)
{
	for (size_t i = 0; i < connection_count; i++)
		if (!connections[i].inside && !connections[i].reset)
			return true;
	return false;
}

void cr_tcp_end(void)
{
	const struct linger reset = { 1, 0 };

	for (size_t i = 0; i < connection_count; i++)
		if (connections[i].reset)
			setsockopt(connections[i].copy, SOL_SOCKET, SO_LINGER,
				   &reset, sizeof(reset));
		else
			set(connections[i].copy, TCP_REPAIR, 1);
}

void cr_tcp_release(void)
{
	for (size_t i = 0; i < connection_count; i++)
		if (connections[i].copy >= 0 && !connections[i].reset)
			make_hear(connections[i].copy);
	cr_tcp_forget();
}

void cr_tcp_forget(void)
{
	for (size_t i = 0; i < connection_count; i++)
		if (connections[i].copy >= 0)
			close(connections[i].copy);
	connection_count = 0;
}
