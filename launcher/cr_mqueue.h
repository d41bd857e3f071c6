/* cr_mqueue.h - queues of mq_open(3), into an image and back
 *
 * Messages cannot be looked at without taking them, so a queue that holds some is
 * an obstacle.
 */
#pragma once

#include <stdbool.h>

#include "cr_image.h"

/* QUEUEs of the ipc namespace that this process is in.  -1: reported. */
int cr_mqueue_dump(struct cr_image *image);

/* Does a file of /proc belong to such a queue? */
bool cr_is_mqueue(const char *path);

/* In the container: make them; open one of them again.  Dies. */
void cr_mqueue_restore(const struct cr_image *image);
int cr_mqueue_open(const struct cr_file *f);
