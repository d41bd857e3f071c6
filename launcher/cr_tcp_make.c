/* cr_tcp_make.c - connections of TCP, out of an image
 *
 * First all of them in the mode of repair, in which nothing is sent: an end that is
 * not there yet would be told so.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "common/report.h"
#include "cr_tcp.h"

enum {
	ROOM = 1 << 26,
	CHUNK = 1 << 15,
};

/* The kernel's struct tcp_repair_opt. */
struct cr_repair_option {
	uint32_t code, value;
};

static int set(int fd, int name, int value)
{
	return setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

static void must(int result)
{
	if (result < 0)
		die("cannot make a connection again");
}

static bool has_sent_end(uint32_t state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 ||
	       state == TCP_CLOSING || state == TCP_LAST_ACK;
}

static void put_room(int fd)
{
	const int room = ROOM;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
}

static void start_queue(int fd, int queue, uint32_t seq)
{
	must(set(fd, TCP_REPAIR_QUEUE, queue));
	must(set(fd, TCP_QUEUE_SEQ, (int)seq));
}

static void send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size < CHUNK ? size : CHUNK,
				 MSG_NOSIGNAL);

		if (n < 0)
			die("cannot fill a connection again");
		bytes += n;
		size -= (size_t)n;
	}
}

static void put_options(int fd, const struct cr_tcp *t)
{
	struct cr_repair_option o[4];
	size_t n = 0;

	if (t->options & TCPI_OPT_SACK)
		o[n++] = (struct cr_repair_option){ 4, 0 };
	if (t->options & TCPI_OPT_WSCALE)
		o[n++] = (struct cr_repair_option){ 3, t->scales };
	if (t->options & TCPI_OPT_TIMESTAMPS)
		o[n++] = (struct cr_repair_option){ 8, 0 };
	o[n++] = (struct cr_repair_option){ 2, t->mss };
	must(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_OPTIONS, o,
			(socklen_t)(n * sizeof(*o))));
	if (t->options & TCPI_OPT_TIMESTAMPS)
		must(set(fd, TCP_TIMESTAMP, (int)t->timestamp));
}

static void bind_and_connect(const struct cr_socket *s, int fd)
{
	if (bind(fd, (const void *)s->name, s->name_size) < 0)
		die("cannot give a connection its address again");
	if (connect(fd, (const void *)s->peer_name, s->peer_name_size) < 0)
		die("cannot make a connection again");
}

/* Whoever has it sees a connection that was reset, and then its end. */
static void make_broken(const struct cr_socket *s, int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	must(set(fd, TCP_REPAIR, 1));
	bind_and_connect(s, fd);
	must(set(fd, TCP_REPAIR, CR_REPAIR_SILENT));
	must(connect(fd, &none, sizeof(none)));
	shutdown(fd, SHUT_RDWR);
}

static const struct cr_tcp *state_of(const struct cr_image *image,
				     uint32_t file)
{
	const struct cr_tcp *t;

	cr_each (t, image, NULL, CR_TCP, 0)
		if (t->file == file)
			return t;
	return NULL;
}

void cr_tcp_restore(const struct cr_image *image, const struct cr_socket *s,
		    int fd)
{
	const struct cr_tcp *t = state_of(image, s->file);
	uint32_t end = t ? has_sent_end(t->state) : 0;

	if (!t) {
		make_broken(s, fd);
		return;
	}
	must(set(fd, TCP_REPAIR, 1));
	put_room(fd);
	start_queue(fd, CR_SEND_QUEUE, t->out_seq - t->out_size - end);
	start_queue(fd, CR_RECV_QUEUE, t->in_seq - t->in_size);
	bind_and_connect(s, fd);
	put_options(fd, t);
	must(set(fd, TCP_REPAIR_QUEUE, CR_RECV_QUEUE));
	send_all(fd, t->bytes, t->in_size);
	must(set(fd, TCP_REPAIR_QUEUE, CR_SEND_QUEUE));
	send_all(fd, t->bytes + t->in_size, t->out_size - t->unsent);
	must(setsockopt(fd, IPPROTO_TCP, CR_REPAIR_WINDOW, t->window,
			sizeof(t->window)));
}

/* An end that has come is one for whoever reads; the other end does not say so
 * again. */
static void resume(const struct cr_tcp *t, int fd)
{
	must(set(fd, TCP_REPAIR, 0));
	send_all(fd, t->bytes + t->in_size + t->out_size - t->unsent,
		 t->unsent);
	if (has_sent_end(t->state))
		shutdown(fd, SHUT_WR);
	if (t->ended)
		shutdown(fd, SHUT_RD);
}

void cr_tcp_resume(const struct cr_image *image, const struct cr_places *at)
{
	const struct cr_tcp *t;

	cr_each (t, image, NULL, CR_TCP, 0)
		resume(t, at->files + (int)t->file);
}

const char *cr_tcp_check(const struct cr_tcp *t)
{
	return (uint64_t)t->in_size + t->out_size !=
				       cr_length(t) - sizeof(*t) ||
			       t->unsent > t->out_size
		       ? "a connection is broken"
		       : NULL;
}
