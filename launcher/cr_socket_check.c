/* cr_socket_check.c - are the sockets of an image what they should be? */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cr_socket.h"

/* An address of the socket's own kind, which ends if it is a path. */
static bool is_name(const struct cr_socket *s, const uint8_t *name,
		    uint32_t size)
{
	uint16_t family;

	if (size == 0)
		return true;
	if (size < sizeof(family) || size > sizeof(s->name))
		return false;
	memcpy(&family, name, sizeof(family));
	if (family != s->family)
		return false;
	return family != AF_UNIX ||
	       (size <= sizeof(struct sockaddr_un) &&
		(size == sizeof(family) || name[sizeof(family)] == '\0' ||
		 memchr(name + sizeof(family), '\0', size - sizeof(family))));
}

const char *cr_socket_check(struct cr_image *image, const struct cr_socket *s)
{
	if ((size_t)s->file + 1 != image->file_count ||
	    image->files[s->file]->kind != CR_OF_SOCKET ||
	    image->sockets[s->file])
		return "a socket is of no file";
	if (!is_name(s, s->name, s->name_size) ||
	    !is_name(s, s->peer_name, s->peer_name_size) || s->peer_pid < 0 ||
	    s->peer_pid >= CR_PID_MAX)
		return "a socket has an impossible name";
	image->sockets[s->file] = s;
	return NULL;
}

const char *cr_letter_check(const struct cr_letter *m)
{
	size_t rest = cr_length(m) - sizeof(*m);

	return m->fd_count > CR_FDS_MAX ||
			       m->fd_count * sizeof(*m->fds) > rest ||
			       m->pid < 0 || m->pid >= CR_PID_MAX
		       ? "a message is broken"
		       : NULL;
}

static bool is_file(const struct cr_image *image, int32_t index)
{
	return index >= 0 && (size_t)index < image->file_count;
}

static bool is_socket(const struct cr_image *image, int32_t index)
{
	return is_file(image, index) && image->sockets[index];
}

static bool has_peer(const struct cr_image *image, const struct cr_socket *s)
{
	return s->peer == CR_NOBODY || s->peer == CR_DEAD ||
	       (is_socket(image, s->peer) &&
		image->sockets[s->peer]->family == s->family &&
		image->sockets[s->peer]->type == s->type);
}

static bool is_whole(const struct cr_image *image, const struct cr_letter *m)
{
	if (!is_socket(image, (int32_t)m->file) ||
	    (m->sender != CR_NOBODY && !is_socket(image, m->sender)))
		return false;
	for (uint32_t i = 0; i < m->fd_count; i++)
		if (!is_file(image, m->fds[i]))
			return false;
	return true;
}

const char *cr_sockets_check(const struct cr_image *image)
{
	static const char wrong[] = "a socket is missing";
	const struct cr_option *o;
	const struct cr_letter *m;
	const struct cr_tcp *t;

	for (size_t i = 0; i < image->file_count; i++) {
		const struct cr_socket *s = image->sockets[i];

		if (image->files[i]->kind == CR_OF_SOCKET &&
		    (!s || !has_peer(image, s)))
			return wrong;
	}
	cr_each (t, image, NULL, CR_TCP, 0)
		if (!is_socket(image, (int32_t)t->file) ||
		    !(image->sockets[t->file]->flags & CR_CONNECTED))
			return wrong;
	cr_each (o, image, NULL, CR_OPTION, 0)
		if (!is_socket(image, (int32_t)o->file))
			return wrong;
	cr_each (m, image, NULL, CR_LETTER, 0)
		if (!is_whole(image, m))
			return wrong;
	return NULL;
}
