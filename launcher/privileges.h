/* privileges.h - what a command may no longer do: the walls, in their order
 *
 * The container's own command and each that is entered later get the same.
 */
#pragma once

struct spec;
struct user;

/* Become user, in the directory workdir if it is not NULL, with the filter of
 * system calls and the capabilities of spec.  Dies on failure. */
void privileges_drop(const struct spec *spec, const struct user *user,
		     const char *workdir);
