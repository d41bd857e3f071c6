/* notes.h - the "#% NAME KEY=VALUE" lines of an inittab */
#pragma once

#include <stdint.h>

struct inittab;
struct line;

/* Apply what follows "#%" to the line that it names. */
void line_note(struct inittab *tab, char *text, unsigned int number);

/* Turn the names of after= into sets of lines; report and forget those that
 * are unknown, and circles. */
void lines_resolve(struct inittab *tab);

/* The line of that name, or NULL. */
struct line *line_find(struct inittab *tab, const char *name);

/* Go on hashing with text. */
uint64_t line_hash(uint64_t hash, const char *text);
