/* restore.h - a container out of an image: a start that ends otherwise
 *
 *	launcher			child (pid 1)
 *	  reads and checks the image
 *	  clones --------------------->	  all that a start does, but for the
 *					  command: it executes launch itself,
 *					  "the stem", with fds 3-5
 *	  waits				  the stem reads the image, mounts what is
 *					  missing, opens all files, and forks all
 *					  processes with the pids they had
 *	  <------------------ "done"	  each changes its memory
 *	  holds each by ptrace(2), and
 *	  makes it what it was
 *	  lets all of them go
 *	  supervises, as ever
 *
 * When anything fails pid 1 is killed as in any other start, and with it go all
 * the others.
 */
#pragma once

#include <stdbool.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "cr_image.h"
#include "cr_lazy.h"
#include "spec.h"

struct container;

struct restore {
	const char *path; /* of the image, for messages */
	char where[SPEC_PATH_MAX + 1];
	char core_name[16], pages_name[16]; /* in there */
	int core, program;
	int pages[CR_STORES_MAX]; /* all files with pages; -1: it has none */
	int kept[2]; /* by the process keeper, if they came as a stream */
	pid_t keeper;
	int launcher, stem; /* a socket pair */
	bool lazy, eager;   /* what is wanted; neither: what is better */
	enum cr_way way;
	bool strict;
	int faults; /* see cr_places.h */
	int time;   /* fd of the namespace that it has; -1: ours */
	struct cr_image image;
};

/* Read the image in that directory.  -1: reported, as with all functions. */
int restore_open(struct restore *r, const char *path);

/* The same with one that comes from standard input; path: the directory to keep it
 * in, or NULL: in memory until it is restored. */
int restore_open_stream(struct restore *r, const char *path);

/* Does it hold what was written?  -1: reported. */
int restore_check_pages(const struct restore *r);

/* What it says of the container, into an empty spec; name: another one, or NULL.
 * Enters the directory that the spec's paths are relative to. */
int restore_spec(struct restore *r, struct spec *spec, const char *name);

/* Whether it gets a console. */
bool restore_has_tty(const struct restore *r);

/* Whether nothing may arrive before all of it is there. */
bool restore_has_connections(const struct restore *r);

/* In the launcher, before the clone. */
int restore_prepare(struct restore *r);

/* In the child, in place of the command.  Dies. */
noreturn void restore_become_stem(const struct restore *r);

/* In the launcher, when the stem runs: make everything what it was.  filler: who brings
 * the rest of its memory, or 0; see cr_filler.h. */
int restore_take(struct restore *r, const struct container *c, pid_t *filler);
