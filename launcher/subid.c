/* subid.c - ids that were given to somebody to use in user namespaces */
#include "subid.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/count.h"
#include "common/io.h"
#include "common/text.h"
#include "spec.h"

enum {
	TEXT_MAX = 1 << 20, /* of a file; there are sites with many users */
	PIECE = 65536,
	PIECES_MAX = 32768, /* no 65536 are more */
};

static char text[TEXT_MAX];

/* The fields of the next line; false: there is none. */
static bool next_line(char **rest, char *fields[3])
{
	char *line;

	do {
		line = strsep(rest, "\n");
		fields[0] = line;
		fields[1] = line ? split_at(fields[0], ':') : NULL;
		fields[2] = fields[1] ? split_at(fields[1], ':') : NULL;
	} while (line && !fields[2]);
	return line != NULL;
}

static bool is_number(const char *field, uint64_t number)
{
	uint64_t n;

	return parse_uint(field, UINT32_MAX, &n) == 0 && n == number;
}

bool subid_name(uid_t uid, char *buf, size_t size)
{
	char *rest = text, *fields[3];
	const char *name = getenv("USER");

	if (read_file_at(AT_FDCWD, "/etc/passwd", text, sizeof(text)) < 0)
		rest = NULL;
	while (next_line(&rest, fields)) {
		split_at(fields[2], ':');
		if (is_number(fields[2], uid))
			return copy_text(buf, size, fields[0]) == 0;
	}
	return name && copy_text(buf, size, name) == 0;
}

void subid_read(const char *file, const char *name, uid_t uid,
		struct id_map *given)
{
	char *rest = text, *fields[3];
	uint64_t from, count;

	if (read_file_at(AT_FDCWD, file, text, sizeof(text)) < 0)
		return;
	while (next_line(&rest, fields) &&
	       given->count < COUNT(given->ranges)) {
		if ((strcmp(fields[0], name) != 0 &&
		     !is_number(fields[0], uid)) ||
		    parse_uint(fields[1], UINT32_MAX, &from) < 0 ||
		    parse_uint(fields[2], UINT32_MAX - from, &count) < 0 ||
		    count == 0)
			continue;
		given->ranges[given->count++] = (struct id_range){
			.outside = (uint32_t)from,
			.count = (uint32_t)count,
		};
	}
}

size_t subid_take(struct id_map *given, struct id_map *map, size_t inside,
		  size_t want)
{
	size_t taken = 0;

	for (size_t i = 0; i < given->count; i++) {
		struct id_range *from = given->ranges + i;
		size_t n = want - taken;

		if (n > from->count)
			n = from->count;
		if (n == 0 || map->count == COUNT(map->ranges))
			continue;
		map->ranges[map->count++] = (struct id_range){
			.inside = (uint32_t)(inside + taken),
			.outside = from->outside,
			.count = (uint32_t)n,
		};
		from->outside += n;
		from->count -= n;
		taken += n;
	}
	return taken;
}

/* A range that is smaller is a piece as well. */
static bool piece(const struct id_map *given, size_t number,
		  struct id_range *found)
{
	for (size_t i = 0; i < given->count; i++) {
		const struct id_range *r = given->ranges + i;
		size_t pieces = r->count < PIECE ? 1 : r->count / PIECE;

		if (number < pieces) {
			*found = (struct id_range){
				.outside = r->outside + number * PIECE,
				.count = r->count < PIECE ? r->count : PIECE,
			};
			return true;
		}
		number -= pieces;
	}
	return false;
}

static bool used[PIECES_MAX];

static void mark(const struct id_map *given, uint64_t from, uint64_t to)
{
	size_t number = 0;

	for (size_t i = 0; i < given->count; i++) {
		const struct id_range *r = given->ranges + i;
		uint64_t end = (uint64_t)r->outside + r->count;
		uint64_t at = from > r->outside ? from - r->outside : 0;

		for (at /= PIECE;
		     r->outside + at * PIECE < to &&
		     r->outside + at * PIECE < end && number + at < PIECES_MAX;
		     at++)
			used[number + at] = true;
		number += r->count < PIECE ? 1 : r->count / PIECE;
	}
}

/* The lines of a uid_map: "         0     524288      65536" */
static void mark_lines(const struct id_map *given, char *map)
{
	const char *word;
	uint64_t numbers[3];
	size_t n = 0;

	while ((word = strsep(&map, " \n"))) {
		if (*word && parse_uint(word, UINT32_MAX, &numbers[n]) == 0)
			n++;
		if (n < COUNT(numbers))
			continue;
		mark(given, numbers[1], numbers[1] + numbers[2]);
		n = 0;
	}
}

/* Those of our own namespace have the same map, of ids further out. */
static void mark_used(const struct id_map *given)
{
	char own[512], map[512], path[300];
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	memset(used, 0, sizeof(used));
	if (read_file_at(AT_FDCWD, "/proc/self/uid_map", own, sizeof(own)) < 0)
		own[0] = '\0';
	while (proc && (entry = readdir(proc)))
		if (format(path, sizeof(path), "/proc/%s/uid_map",
			   entry->d_name) == 0 &&
		    read_file_at(AT_FDCWD, path, map, sizeof(map)) > 0 &&
		    strcmp(map, own) != 0)
			mark_lines(given, map);
	if (proc)
		closedir(proc);
}

bool subid_free(const struct id_map *uids, const struct id_map *gids,
		struct id_range *uid, struct id_range *gid)
{
	mark_used(uids);
	for (size_t i = 0;
	     i < PIECES_MAX && piece(uids, i, uid) && piece(gids, i, gid); i++)
		if (!used[i])
			return true;
	return false;
}
