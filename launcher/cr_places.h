/* cr_places.h - where a process that is to become one of an image has its fds
 *
 * FILEs are opened once, by the first process, at numbers that nobody has used, in
 * order; the others inherit them.
 */
#pragma once

#include "cr_image.h"

/* Where things are that are above all fds of the image. */
struct cr_places {
	int files;   /* FILE number 0; the others follow */
	int caller;  /* three: the launcher's 0-2 */
	int pages;   /* the first file with pages; the others follow */
	int control; /* to the launcher */
	int faults;  /* a userfaultfd of its own */
	int masters; /* of ptys, in the order of PTYs */
	int first, last;
};

enum { CR_CALLER_FDS = 3 };

/* Above all that there are. */
struct cr_places cr_places(const struct cr_image *image);

/* Have an fd at a number as well; and only there, unless it is -1.  Dies. */
void cr_put(int fd, int at);
void cr_give(int fd, int at);

/* What is not said when it is opened: whether it waits.  Dies. */
void cr_set_flags(int fd, uint32_t flags);

/* How a file is opened again. */
int cr_open_flags(const struct cr_file *f);
