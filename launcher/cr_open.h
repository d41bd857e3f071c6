/* cr_open.h - the open files of an image are opened again */
#pragma once

#include <stdbool.h>

#include "cr_places.h"

/* In the first process: move what we have to its place, and open all FILEs;
 * strict: only if they are what they were.  Dies. */
void cr_open_files(const struct cr_image *image, const struct cr_places *at,
		   int control, bool strict);
