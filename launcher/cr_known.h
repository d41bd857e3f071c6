/* cr_known.h - the open files that are in an image already
 *
 * What several fds share, in one process or in many, is one FILE: two are the same
 * when kcmp(2) says so, of those that lead to the same place with the same flags.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_held;

/* What is open, of one fd. */
struct cr_open {
	const struct cr_held *p;
	int fd;
	int pidfd;
	char link[PATH_MAX];
	char info[8192]; /* of fdinfo */
};

/* A FILE. */
struct cr_known {
	uint64_t name; /* a sum of where it leads */
	uint64_t position;
	pid_t pid; /* whose fd it is; 0: known by its name alone */
	int fd;
	uint32_t flags;
	enum cr_file_kind kind;
	struct cr_file *file;
};

/* There are none yet.  content: what they hold is wanted, too; else it is only to
 * be seen whether it could be had. */
void cr_known_begin(struct cr_image *image, bool content);
bool cr_known_content(void);

/* A sum of a text, for name. */
uint64_t cr_known_name(const char *text);

/* The number of a FILE that is the same, or -1. */
int cr_known_find(const struct cr_known *k);

/* Append one; its number is cr_known_last() then.  NULL and reported when there
 * are too many. */
struct cr_file *cr_known_add(struct cr_image *image, const struct cr_known *k,
			     const char *path);
int cr_known_last(void);
struct cr_file *cr_known_file(int number);

/* A copy of the fd in this process; -1 with errno. */
int cr_open_copy(const struct cr_open *o);

/* What cannot be read: while everything still runs it may just be gone, which is
 * -2; else it is reported, and -1. */
int cr_fail_read(const struct cr_held *p, const char *what);
