/* cr_open.h - the open files of an image are opened again */
#pragma once

#include "cr_places.h"

/* In the first process: move what we have to its place, and open all FILEs.
 * Dies. */
void cr_open_files(const struct cr_image *image, const struct cr_places *at,
		   int control);
