/* cr_socket.h - the sockets of a container, into an image and back
 *
 * Each is looked at through a copy of its fd, which can do all that its owner can.
 * Who is connected with whom is known only when all have been seen; and what waits
 * in one may hold fds that nobody has otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"
#include "cr_places.h"

struct cr_held;
struct cr_seized;

/* One that has been found. */
struct cr_found {
	const struct cr_held *p; /* who has it, or is to be given it */
	uint32_t inode;
	pid_t pid; /* where it is to be copied from: also from us */
	int fd;
	bool foreign;        /* of another network; a unix socket */
	struct cr_socket *s; /* in the image */
};

/* Forget those of before; s: who there is; content: also what waits in them is
 * wanted, and everybody stands still. */
void cr_sockets_begin(const struct cr_seized *s, bool content);

/* SOCKET and OPTIONs of FILE number, which is fd of a process, which may also be
 * this one under the other's number inside.  1: it has been told that it cannot be;
 * -1: reported, as with all functions here. */
int cr_socket_dump(struct cr_image *image, const struct cr_held *p, int fd,
		   uint32_t number);

/* When all processes have been seen. */
int cr_sockets_finish(struct cr_image *image);

/* Those that have been found, which may become more; NULL: no more. */
const struct cr_found *cr_socket_found(size_t number);
const struct cr_found *cr_socket_find(uint32_t inode);
int cr_socket_copy(const struct cr_found *f);

/* The first process of the container. */
pid_t cr_socket_init(void);

/* What a number of the host's is inside; 0: nobody's. */
int32_t cr_socket_inner(pid_t pid);

/* "process 12 (name)" who also has a socket, anywhere; or NULL. */
const char *cr_socket_holder(uint32_t inode);

/* Unix sockets: cr_unix.c.  Its names and credentials; then who is connected.
 * Cut: a half whose other one is outside is as if that had ended; else it is in the
 * way. */
void cr_unix_begin(bool cut);
int cr_unix_dump(const struct cr_found *f, int copy);
int cr_unix_connect(bool content);

/* The LETTERs that wait in one: cr_unread.c. */
int cr_unix_queue(struct cr_image *image, const struct cr_found *f);

/* Those of the Internet, and of the kernel: cr_inet.c. */
int cr_inet_dump(const struct cr_found *f, int copy);
int cr_netlink_dump(const struct cr_found *f, int copy);

/* In the stem: make all of them at their places, and fill them.  Dies. */
void cr_sockets_restore(const struct cr_image *image,
			const struct cr_places *at);
void cr_unix_restore(const struct cr_image *from,
		     const struct cr_places *where);
int cr_inet_open(const struct cr_socket *s);
void cr_inet_set_up(const struct cr_image *image, const struct cr_socket *s,
		    int fd);

/* Put one at its place, with its owner and what it needs to get a name. */
int cr_socket_place(const struct cr_image *image, const struct cr_places *at,
		    const struct cr_socket *s, int fd);

/* Is it what it should be?  NULL, or what is wrong: cr_socket_check.c. */
const char *cr_socket_check(struct cr_image *image, const struct cr_socket *s);
const char *cr_letter_check(const struct cr_letter *m);
const char *cr_sockets_check(const struct cr_image *image);
