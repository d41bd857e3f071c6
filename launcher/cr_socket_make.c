/* cr_socket_make.c - the sockets of a container, out of an image */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/report.h"
#include "cr_option.h"
#include "cr_socket.h"
#include "cr_tcp.h"

int cr_socket_place(const struct cr_image *image, const struct cr_places *at,
		    const struct cr_socket *s, int fd)
{
	int number = at->files + (int)s->file;

	if (dup2(fd, number) < 0)
		die("cannot open as many files as the image has");
	close(fd);
	if (fchown(number, s->owner, (gid_t)-1) < 0)
		die("cannot give a socket to user %u", s->owner);
	cr_options_restore(image, s->file, number, true);
	return number;
}

/* Who listens is there before who is connected from the same port. */
static void make_inet(const struct cr_image *image, const struct cr_places *at,
		      uint32_t listens)
{
	for (size_t i = 0; i < image->file_count; i++) {
		const struct cr_socket *s = image->sockets[i];

		if (!s || s->family == AF_UNIX ||
		    (s->flags & CR_LISTENS) != listens)
			continue;
		cr_inet_set_up(image, s,
			       cr_socket_place(image, at, s, cr_inet_open(s)));
	}
}

void cr_sockets_restore(const struct cr_image *image,
			const struct cr_places *at)
{
	cr_unix_restore(image, at);
	make_inet(image, at, CR_LISTENS);
	make_inet(image, at, 0);
	cr_tcp_resume(image, at);
	for (size_t i = 0; i < image->file_count; i++) {
		int fd = at->files + (int)i;

		if (!image->sockets[i])
			continue;
		cr_options_restore(image, (uint32_t)i, fd, false);
		cr_set_flags(fd, image->files[i]->flags);
	}
}
