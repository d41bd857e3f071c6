/* seccomp_profile.h - a filter of system calls from a file
 *
 * Read are the two kinds that there are, both JSON: what the runtime specification
 * of OCI has below linux.seccomp, and what docker and podman make that of, with
 * archMap, includes and excludes.  What a rule leaves to the machine (capabilities,
 * kernel, architecture) is decided here.  Not read: SCMP_ACT_NOTIFY, as nobody
 * here would listen, and flags.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct seccomp_policy;

/* caps: what the container keeps.  -1: reported, with the path and --seccomp. */
int seccomp_profile_read(struct seccomp_policy *p, const char *path,
			 uint64_t caps);

/* The same of what has been read; text has room for length + 1 bytes. */
int seccomp_profile_parse(struct seccomp_policy *p, const char *path,
			  char *text, size_t length, uint64_t caps);
