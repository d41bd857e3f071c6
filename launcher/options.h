/* options.h - the one table of what can be wanted
 *
 * The command line, config files, --help, --print, the shell completions and
 * the test of the man page walk it.
 */
#pragma once

#include <stddef.h>

struct spec;

struct option_def {
	const char *name;  /* "memory" */
	char letter;       /* 'm', or 0 */
	const char *value; /* "SIZE" for --help; NULL: the option is a switch */
	int (*set)(struct spec *spec, char *value);
	const char *help;
	const char *group; /* heading in --help */
};

/* Read options from argv[1] on; stops at the first operand or behind "--".
 * Returns the index of the operand (argc if none), or -1: reported. */
int options_read(struct spec *spec, int argc, char **argv);

/* Set one option by its long name; value is NULL for switches and may be cut
 * into pieces in place.  -1: reported. */
int option_set(struct spec *spec, const char *name, char *value);

/* The table, for those who walk it. */
const struct option_def *options_table(size_t *count);

void options_help(int fd);
