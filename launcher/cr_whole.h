/* cr_whole.h - is all there that an image speaks of?  Known only at its end */
#pragma once

#include "cr_image.h"

/* When each record has been checked.  NULL, or what is wrong. */
const char *cr_check_whole(const struct cr_image *image);
