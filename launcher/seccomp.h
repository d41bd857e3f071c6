/* seccomp.h - the filter of system calls */
#pragma once

struct spec;

/* In the child, while it still may: no filter is refused to somebody without
 * no_new_privs who has CAP_SYS_ADMIN.  What it stops is listed in
 * seccomp_default.c.  Dies on failure. */
void seccomp_apply(const struct spec *spec);
