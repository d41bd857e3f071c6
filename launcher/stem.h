/* stem.h - what a launcher and its stem say to each other; see restore.h */
#pragma once

#include <stdbool.h>
#include <stdnoreturn.h>

enum {
	/* The stem's fds. */
	STEM_CONTROL = 3,
	STEM_CORE = 4,
	STEM_PAGES = 5,
	/* The first byte of a packet; any other begins the text of a failure. */
	STEM_READY = 1,
	STEM_WARNING = 2,
};

/* Whether we are the first process of a container that is restored: anybody else
 * who types "launch stem" is not.  What self.h is about does not come to pass: nobody
 * of the container's runs before all of us are somebody else. */
bool stem_is_wanted(void);

/* "launch stem": become all processes of the image; strict: if no file that they
 * have is another one now. */
noreturn void stem(bool strict);
