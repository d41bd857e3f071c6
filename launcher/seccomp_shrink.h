/* seccomp_shrink.h - the same filter with fewer instructions */
#pragma once

#include <stddef.h>

struct sock_filter;

/* Make it as short as it gets, in place; returns its length.  Each instruction
 * costs every start, as the kernel checks, translates and tries it for every call
 * there is.  Jumps must lead forward, and no further than 65535. */
size_t seccomp_shrink(struct sock_filter *filter, size_t count);
