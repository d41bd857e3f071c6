/* options.h - read the command line into a spec */
#pragma once

struct spec;

/* Read options from argv[1] on; stops at the first operand or behind "--".
 * Returns the index of the operand (argc if none), or -1: reported.  Config
 * files are read first wherever they are named: the command line wins.  The
 * caller looks at spec->help before spec_finish(). */
int options_read(struct spec *spec, int argc, char **argv);

/* Write the options by group, one a line. */
void options_help(int fd);
