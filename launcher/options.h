/* options.h - read the command line into a spec */
#pragma once

struct spec;

/* Read options from argv[1] on; stops at the first operand or behind "--".
 * Returns the index of the operand (argc if none), or -1: reported.  Config
 * files are read first wherever they are named: the command line wins.  The
 * caller looks at spec->help before spec_finish(). */
int options_read(struct spec *spec, int argc, char **argv);

/* The same for another command, which has only those options whose names are in
 * the list, with a blank on each side: " env user ". */
int options_read_some(struct spec *spec, int argc, char **argv,
		      const char *names);

/* Write the options by group, one a line; or those of a list. */
void options_help(int fd);
void options_help_some(int fd, const char *names);
