/* cr_option.h - what is set on a socket, into an image and back */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cr_image.h"

/* All that can be read of the socket of FILE number.  -1 with errno: it has a
 * filter that nobody can read. */
int cr_options_dump(struct cr_image *image, uint32_t number, int fd);

/* Set what is different; early: only what has to be there before the name is.
 * What the kernel refuses is warned about. */
void cr_options_restore(const struct cr_image *image, uint32_t number, int fd,
			bool early);

/* Is there such an OPTION, and can it be that long? */
bool cr_option_is_known(uint32_t row, size_t size);
