/* seccomp.h - the filter of system calls */
#pragma once

struct spec;

/* Before anything is made: read the file that is to be the filter, if any; the
 * next life has the same.  -1: reported. */
int seccomp_prepare(const struct spec *spec);

/* Keep it in a state directory, and take it from there, for who comes later:
 * the file may be another by then.  -1: reported. */
int seccomp_save(const struct spec *spec, int dir);
int seccomp_load(const struct spec *spec, int dir);

/* In the child, while it still may: no filter is refused to somebody without
 * no_new_privs who has CAP_SYS_ADMIN.  What it stops is listed in
 * seccomp_default.c.  Dies on failure. */
void seccomp_apply(const struct spec *spec);
