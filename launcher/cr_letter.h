/* cr_letter.h - what has waited in a unix socket is sent again */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "cr_image.h"

struct cr_posting {
	const struct cr_image *image;
	int files; /* where FILE number 0 is */
	const struct cr_letter *m;
	struct sockaddr_un *to; /* NULL: who the sender is connected with */
	socklen_t to_size;
	int fd; /* the sender */
};

/* As by who has sent it then, if that was asked for.  What does not fit is warned
 * about. */
void cr_letter_deliver(struct cr_posting *l);
