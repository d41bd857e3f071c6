/* cr_names.h - the hostname and domainname of a container, into an image and back */
#pragma once

#include <sys/types.h>

#include "cr_image.h"

/* And the kernel that it runs on; this process is in its uts namespace behind it.
 * -1: reported, with name as that of the container. */
int cr_names_dump(struct cr_container *r, pid_t init, const char *name);

/* In the container.  Dies. */
void cr_names_restore(const struct cr_image *image);
