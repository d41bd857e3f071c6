/* stem.h - what a launcher and its stem say to each other; see restore.h */
#pragma once

#include <stdbool.h>
#include <stdnoreturn.h>

#include "cr_image.h"

enum {
	/* The stem's fds. */
	STEM_CONTROL = 3,
	STEM_CORE = 4,
	STEM_PAGES = 5, /* the other files with pages follow, by their number */
	STEM_TIME = STEM_PAGES + CR_STORES_MAX,
};

/* Whether we are the first process of a container that is restored: anybody else
 * who types "launch stem" is not.  What self.h is about does not come to pass: nobody
 * of the container's runs before all of us are somebody else. */
bool stem_is_wanted(void);

/* How: letters behind "launch stem". */
#define STEM_STRICT  's' /* if no file that they have is another one now */
#define STEM_TIMED   't' /* with a time of their own */
#define STEM_WRITTEN 'w' /* with memory that comes so: see cr_lazy.h */
#define STEM_LATER   'l'

/* "launch stem HOW": become all processes of the image. */
noreturn void stem(const char *how);
