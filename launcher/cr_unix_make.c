/* cr_unix_make.c - unix sockets out of an image
 *
 * In this order, as each step needs those before:
 *
 *	halves	 what is connected with one other, by a pair or through a
 *		 listener of our own, which gives it the name it had
 *	others	 all that is not connected yet
 *	names	 first those that are not in the filesystem any more
 *	letters	 to those that have a name and are not connected
 *	waiting	 who is still to be accepted; who is connected with a name
 *	the rest  of what waits, and what is shut down
 *
 * A name is found again by an fd: the file may be gone, or somewhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "cr_errand.h"
#include "cr_letter.h"
#include "cr_socket.h"

enum {
	NAME = offsetof(struct sockaddr_un, sun_path),
	RECEIVES = 1,
	SENDS = 2, /* what is shut down, as the kernel counts */
};

static const struct cr_image *image;
static const struct cr_places *at;
static int places;               /* of FILE number 0 */
static int halves[CR_FILES_MAX]; /* the other half, if that is nobody's; + 1 */
static int names[CR_FILES_MAX];  /* the file of a name; + 1 */

static const struct cr_socket *unix_socket(size_t i)
{
	const struct cr_socket *s = image->sockets[i];

	return s && s->family == AF_UNIX ? s : NULL;
}

static bool is_made(uint32_t number)
{
	return fcntl(places + (int)number, F_GETFD) >= 0;
}

static const char *path_of(const struct cr_socket *s)
{
	return s->name_size > NAME && s->name[NAME]
		       ? (const char *)s->name + NAME
		       : NULL;
}

/* There may be what was there then. */
static void make_way(const struct cr_socket *s)
{
	const char *path = path_of(s);
	struct stat st;

	if (path && path[0] != '/' && chdir(s->where) < 0)
		die("cannot enter '%s' for the socket '%s'", s->where, path);
	if (path && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
}

static void name(const struct cr_socket *s, int fd)
{
	const char *path = path_of(s);

	make_way(s);
	if (bind(fd, (const void *)s->name, s->name_size) < 0)
		die("cannot give a socket the name '%s' again",
		    path ? path : (const char *)s->name + NAME + 1);
}

static int make(const struct cr_socket *s)
{
	int fd = socket(AF_UNIX, s->type, 0);

	if (fd < 0)
		die("cannot make a unix socket");
	return fd;
}

/* Two that know each other: a is whom b has come to. */
struct pair {
	const struct cr_socket *a, *b; /* b: NULL, it has ended */
	int fds[2], listener;
};

static void make_pair(void *arg)
{
	struct pair *p = arg;

	if (socketpair(AF_UNIX, p->a->type, 0, p->fds) < 0)
		die("cannot make a pair of sockets");
}

static void listen_on(void *arg)
{
	const struct pair *p = arg;

	if (listen(p->listener, 1) < 0)
		die("cannot listen on a unix socket");
}

static void connect_to_listener(void *arg)
{
	const struct pair *p = arg;
	struct sockaddr_un to;
	socklen_t size = sizeof(to);

	if (getsockname(p->listener, (struct sockaddr *)&to, &size) < 0 ||
	    connect(p->fds[1], (struct sockaddr *)&to, size) < 0)
		die("cannot connect a unix socket again");
}

/* The name of who has been accepted is the listener's; who listens now is another
 * matter. */
static void make_accepted(struct pair *p)
{
	struct cr_errand server = { p->b ? p->b->peer_pid : 0,
				    p->b ? p->b->peer_uid : 0,
				    p->b ? p->b->peer_gid : 0, listen_on, p };
	struct cr_errand client = { p->a->peer_pid, p->a->peer_uid,
				    p->a->peer_gid, connect_to_listener, p };

	p->listener = make(p->a);
	p->fds[1] = make(p->a);
	name(p->a, p->listener);
	if (p->b && p->b->name_size > NAME)
		name(p->b, p->fds[1]);
	cr_run_as(&server);
	cr_run_as(&client);
	p->fds[0] = accept(p->listener, NULL, NULL);
	if (p->fds[0] < 0)
		die("cannot accept a unix socket again");
	close(p->listener);
	make_way(p->a);
}

static bool is_listened_on(const struct cr_socket *s)
{
	for (size_t i = 0; i < image->file_count; i++) {
		const struct cr_socket *o = unix_socket(i);

		if (o && o->flags & CR_LISTENS &&
		    o->name_size == s->name_size &&
		    memcmp(o->name, s->name, s->name_size) == 0)
			return true;
	}
	return false;
}

static void make_halves(const struct cr_socket *s)
{
	const struct cr_socket *other =
		s->peer >= 0 ? image->sockets[s->peer] : NULL;
	struct pair p = { .a = s, .b = other };
	struct cr_errand e = { s->peer_pid, s->peer_uid, s->peer_gid, make_pair,
			       &p };

	/* Which of the two was accepted? */
	if (other && other->name_size > NAME &&
	    (s->name_size <= NAME || is_listened_on(other))) {
		p.a = other;
		p.b = s;
	}
	if (p.a->name_size > NAME && s->type != SOCK_DGRAM)
		make_accepted(&p);
	else
		cr_run_as(&e);
	cr_socket_place(image, at, p.a, p.fds[0]);
	if (p.b)
		cr_socket_place(image, at, p.b, p.fds[1]);
	else
		halves[s->file] = p.fds[1] + 1;
}

/* Datagrams go to names; but for pairs. */
static bool is_half(const struct cr_socket *s)
{
	if (s->flags & (CR_WAITING | CR_LISTENS) || s->peer == CR_NOBODY)
		return false;
	return s->type != SOCK_DGRAM || s->peer == CR_DEAD ||
	       image->sockets[s->peer]->name_size <= NAME;
}

/* The name of one that is connected is somebody else's, unless it sends
 * datagrams. */
static bool has_own_name(const struct cr_socket *s)
{
	return s->name_size > NAME && (s->type == SOCK_DGRAM || !is_half(s));
}

static void give_name(const struct cr_socket *s)
{
	const char *path = path_of(s);

	name(s, places + (int)s->file);
	if (!path)
		return;
	names[s->file] = openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW) + 1;
	if (s->flags & CR_NAMELESS)
		unlink(path);
	else if (lchown(path, s->uid, s->gid) < 0 ||
		 chmod(path, s->mode & 07777) < 0)
		die("cannot make the socket '%s' what it was", path);
}

static void give_names(uint32_t nameless)
{
	const struct cr_socket *s;

	for (size_t i = 0; i < image->file_count; i++)
		if ((s = unix_socket(i)) && has_own_name(s) &&
		    (s->flags & CR_NAMELESS) == nameless)
			give_name(s);
}

/* The address of a socket that has a name. */
static socklen_t address_of(const struct cr_socket *s, struct sockaddr_un *to)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, s->name, s->name_size);
	if (!names[s->file])
		return s->name_size;
	snprintf(to->sun_path, sizeof(to->sun_path), "%s",
		 fd_name(names[s->file] - 1).text);
	return sizeof(*to);
}

static void connect_again(const struct cr_socket *s)
{
	const struct cr_socket *peer = image->sockets[s->peer];
	struct sockaddr_un to;
	socklen_t size = address_of(peer, &to);
	int fd = places + (int)s->file;

	/* It is taken by whoever listens, and not waited for. */
	cr_set_flags(fd, O_NONBLOCK);
	if (connect(fd, (struct sockaddr *)&to, size) < 0)
		die("cannot connect a unix socket again");
	cr_set_flags(fd, 0);
}

static void connect_waiting(const struct cr_socket *listener)
{
	size_t left = 0;
	const struct cr_socket *s;

	for (size_t i = 0; i < image->file_count; i++)
		left += (s = unix_socket(i)) && s->flags & CR_WAITING &&
			s->peer == (int32_t)listener->file;
	for (uint32_t order = 0; left > 0 && order < CR_FILES_MAX; order++)
		for (size_t i = 0; i < image->file_count; i++)
			if ((s = unix_socket(i)) && s->flags & CR_WAITING &&
			    s->peer == (int32_t)listener->file &&
			    s->order == order) {
				connect_again(s);
				left--;
			}
}

/* Who sends it again: who has done so, or whoever it is connected with. */
static int sender_of(const struct cr_letter *m, bool *own)
{
	const struct cr_socket *s = image->sockets[m->file];

	*own = false;
	if (halves[m->file])
		return halves[m->file] - 1;
	if (m->sender >= 0)
		return places + m->sender;
	if (s->peer >= 0 && (s->type != SOCK_DGRAM || s->name_size <= NAME))
		return places + s->peer;
	*own = true;
	return make(s);
}

static void deliver(const struct cr_letter *m, struct sockaddr_un *to,
		    socklen_t to_size)
{
	bool own;
	struct cr_posting l = {
		.image = image,
		.files = places,
		.m = m,
		.to = to,
		.to_size = to_size,
		.fd = sender_of(m, &own),
	};

	cr_letter_deliver(&l);
	if (own)
		close(l.fd);
}

/* Those to a name, before it is said whom alone they may come from; or the
 * others. */
static void deliver_all(bool to_names)
{
	const struct cr_letter *m;

	cr_each (m, image, NULL, CR_LETTER, 0) {
		const struct cr_socket *s = image->sockets[m->file];
		bool named = s->type == SOCK_DGRAM && s->name_size > NAME &&
			     !halves[s->file];
		struct sockaddr_un to;
		socklen_t size = address_of(s, &to);

		if (s->family == AF_UNIX && named == to_names)
			deliver(m, named ? &to : NULL, size);
	}
}

static void finish(const struct cr_socket *s)
{
	int fd = places + (int)s->file;

	if (halves[s->file])
		close(halves[s->file] - 1);
	if (names[s->file])
		close(names[s->file] - 1);
	if (s->shutdown & SENDS)
		shutdown(fd, SHUT_WR);
	if (s->shutdown & RECEIVES)
		shutdown(fd, SHUT_RD);
}

static void each(void (*action)(const struct cr_socket *s),
		 bool (*wanted)(const struct cr_socket *s))
{
	const struct cr_socket *s;

	for (size_t i = 0; i < image->file_count; i++)
		if ((s = unix_socket(i)) && (!wanted || wanted(s)))
			action(s);
}

static bool is_half_and_missing(const struct cr_socket *s)
{
	return is_half(s) && !is_made(s->file);
}

static bool is_missing(const struct cr_socket *s)
{
	return !is_made(s->file);
}

static void make_alone(const struct cr_socket *s)
{
	cr_socket_place(image, at, s, make(s));
}

static bool listens(const struct cr_socket *s)
{
	return s->flags & CR_LISTENS;
}

static void listen_again(const struct cr_socket *s)
{
	if (listen(places + (int)s->file, (int)s->backlog) < 0)
		die("cannot listen on a unix socket");
	connect_waiting(s);
}

/* With a name: everybody else is already. */
static bool is_sender(const struct cr_socket *s)
{
	return s->type == SOCK_DGRAM && s->peer >= 0 && !is_half(s);
}

void cr_unix_restore(const struct cr_image *from, const struct cr_places *where)
{
	image = from;
	at = where;
	places = at->files;
	each(make_halves, is_half_and_missing);
	each(make_alone, is_missing);
	give_names(CR_NAMELESS);
	give_names(0);
	deliver_all(true);
	each(listen_again, listens);
	each(connect_again, is_sender);
	deliver_all(false);
	each(finish, NULL);
}
