/* config.h - read LXC's configuration format into a spec */
#pragma once

struct spec;

/* Read the file and set what it says.  The text is kept for the life of the
 * program: the spec points into it.  -1: reported with file and line. */
int config_read(struct spec *spec, const char *path);

/* The same from a text that the caller keeps; name is for messages. */
int config_parse(struct spec *spec, char *text, const char *name);
