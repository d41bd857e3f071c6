/* cr_events.h - what epoll and timer descriptors wait for, into an image and back
 *
 * A DATA record behind the FILE: an epoll's targets, or when a timer is due.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cr_image.h"

/* Of FILE number, whose /proc/PID/fdinfo that is. */
void cr_epoll_dump(struct cr_image *image, uint32_t number, const char *info);
void cr_timer_dump(struct cr_image *image, uint32_t number, const char *info);

/* Make the timer: the fd, or -1 with errno. */
int cr_timer_open(const struct cr_image *image, uint32_t number, int flags);

/* In a process that has all of its fds: let fd watch what it did.  What is not
 * open in it any more is passed over. */
void cr_epoll_fill(const struct cr_image *image, uint32_t number, int fd);
