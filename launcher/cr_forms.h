/* cr_forms.h - is each record of an image as long as it should be? */
#pragma once

#include "cr_image.h"

/* The record at an offset, and where the next one is. */
const struct cr_record *cr_record_at(const struct cr_image *image, size_t at);
size_t cr_record_behind(const struct cr_image *image, size_t at);

/* All of them, before anybody walks: up to the end, and no further.  NULL, or what
 * is wrong. */
const char *cr_check_forms(const struct cr_image *image);
