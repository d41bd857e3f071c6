/* cr_files.h - the open files of a container, into an image
 *
 * What several fds share, in one process or in many, is one FILE, known by its
 * number in the order of the records.  What is the launcher's, or of a "launch
 * exec", is EXTERNAL: the new launcher has its like.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_held;
struct cr_seized;

/* Look at the mounts of init, and at the fds of who is outside: the launcher and
 * whoever has put processes in.  content: also save what is in pipes and in files
 * without a name.  -1: reported, as with all functions here. */
int cr_files_begin(struct cr_image *image, const struct cr_seized *s,
		   pid_t launcher, bool content);

/* The FDs of a process and what they lead to. */
int cr_files_dump(struct cr_image *image, const struct cr_held *p);

/* The FILE that an fd of this process is, which waits for a process and has come
 * to us as well: the number.  It stays open. */
int cr_files_add(struct cr_image *image, const struct cr_held *p, int fd);

/* A file that is open for its name only: the number.  link is in /proc/PID.
 * -2: it has been told that it is none of the container's. */
int cr_files_name(struct cr_image *image, const struct cr_held *p,
		  const char *link, unsigned int flags);
