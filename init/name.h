/* name.h - by which name we were called */
#pragma once

#include <stdbool.h>
#include <string.h>

/* What follows the last slash. */
static inline const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Called as tini, tini-static, or what docker calls its own init? */
static inline bool is_tini(const char *program)
{
	const char *name = base_name(program);

	return strncmp(name, "tini", 4) == 0 ||
	       strcmp(name, "docker-init") == 0;
}
