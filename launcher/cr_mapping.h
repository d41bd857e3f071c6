/* cr_mapping.h - a process makes its memory that of one of an image
 *
 * Held by nobody, by steps (cr_steps.h) of its own: it moves its vdso aside, unmaps
 * everything else, maps and fills what the image has, and moves the vdso to where the
 * other one had it.
 */
#pragma once

#include <stdnoreturn.h>

#include "cr_image.h"
#include "cr_places.h"

struct cr_word;

/* Say the word when all of it is there, but for what comes in another way (cr_lazy.h) if
 * that has said so, and wait.  Dies; what goes wrong when there is nobody left to do so is what
 * the word says then. */
noreturn void cr_mapping_change(const struct cr_image *image,
				const struct cr_places *at,
				const struct cr_process *p,
				struct cr_word *word);
