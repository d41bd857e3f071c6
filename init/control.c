/* control.c - the socket by which minit is asked and told
 *
 * Nobody who connects can make PID 1 wait: nothing here blocks, and what is
 * not taken off our hands at once is not sent.
 */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "orders.h"

enum { PATIENCE_MS = 5000 }; /* from connecting to the request */

struct client {
	int fd; /* -1: a free place */
	int64_t until_ms;
	struct order order; /* in progress, if it has a name */
};

static int listener = -1;
static ino_t inode;
static struct client clients[CONTROL_CLIENTS_MAX] = {
	[0 ... CONTROL_CLIENTS_MAX - 1] = { .fd = -1 },
};

static bool is_there(void)
{
	struct stat st;

	return listener >= 0 && stat(CONTROL_PATH, &st) == 0 &&
	       st.st_ino == inode;
}

static int open_listener(void)
{
	const struct sockaddr_un at = { AF_UNIX, CONTROL_PATH };
	autofd int fd =
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	mode_t mask;
	int failed;

	if (fd < 0)
		return -1;
	mkdir("/run", 0755);
	if (mkdir(CONTROL_DIR, 0755) < 0 && errno != EEXIST)
		return -1;
	unlink(CONTROL_PATH);
	mask = umask(0177);
	failed = bind(fd, (const struct sockaddr *)&at, sizeof(at));
	umask(mask);
	if (failed < 0 || listen(fd, CONTROL_CLIENTS_MAX) < 0)
		return -1;
	return fd_take(&fd);
}

int control_open(void)
{
	struct stat st;

	if (is_there())
		return 0;
	fd_close(&listener);
	listener = open_listener();
	if (listener < 0)
		return -1;
	if (stat(CONTROL_PATH, &st) == 0)
		inode = st.st_ino;
	return 0;
}

static void drop(struct client *c)
{
	fd_close(&c->fd);
	c->order.name[0] = '\0';
}

static bool is_trusted(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

/* A free place, or that of whoever has said nothing for the longest time. */
static struct client *find_place(void)
{
	struct client *oldest = NULL;

	for (struct client *c = clients; c < clients + COUNT(clients); c++) {
		if (c->fd < 0)
			return c;
		if (!c->order.name[0] &&
		    (!oldest || c->until_ms < oldest->until_ms))
			oldest = c;
	}
	if (oldest)
		drop(oldest);
	return oldest;
}

static void accept_client(void)
{
	autofd int fd =
		accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0 || !is_trusted(fd))
		return;
	c = find_place();
	if (!c)
		return;
	c->fd = fd_take(&fd);
	c->until_ms = now_ms() + PATIENCE_MS;
}

static void take_request(struct client *c)
{
	char text[CONTROL_REQUEST_MAX];
	ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && errno == EAGAIN)
		return;
	/* An order in progress hears of its client no more than that it has
	 * gone away. */
	if (n <= 0 || c->order.name[0]) {
		drop(c);
		return;
	}
	if ((size_t)n > sizeof(text) || text[n - 1] != '\0')
		order_answer(c->fd, '-', "this is no request");
	else
		order_take(&c->order, c->fd, text, n);
	if (!c->order.name[0])
		drop(c);
}

void control_watch(struct pollfd fds[CONTROL_FDS])
{
	fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (size_t i = 0; i < COUNT(clients); i++)
		fds[i + 1] = (struct pollfd){ .fd = clients[i].fd,
					      .events = POLLIN };
}

void control_handle(const struct pollfd fds[CONTROL_FDS])
{
	for (size_t i = 0; i < COUNT(clients); i++)
		if (fds[i + 1].revents && clients[i].fd >= 0)
			take_request(&clients[i]);
	if (fds[0].revents)
		accept_client();
}

void control_settle(void)
{
	int64_t now = now_ms();

	for (struct client *c = clients; c < clients + COUNT(clients); c++) {
		if (c->fd < 0)
			continue;
		if (c->order.name[0] ? order_is_done(&c->order, c->fd)
				     : c->until_ms <= now)
			drop(c);
	}
}

int64_t control_wake_ms(void)
{
	int64_t next = INT64_MAX;

	for (struct client *c = clients; c < clients + COUNT(clients); c++)
		if (c->fd >= 0 && !c->order.name[0] && c->until_ms < next)
			next = c->until_ms;
	return next;
}
