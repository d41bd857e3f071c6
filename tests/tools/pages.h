/* pages.h - memory whose content follows from the number of each page
 *
 * And from the step that has written it; so nothing need be remembered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "persist.h"

/* As wide as an address. */
#define PAGE ((ptrdiff_t)4096)

static char *const base = (char *)0x100000000000;
static char *const other = (char *)0x200000000000;

static inline void *map_at(char *where, size_t pages, int flags, int fd)
{
	void *at = mmap(where, pages * PAGE, PROT_READ | PROT_WRITE,
			flags | MAP_FIXED, fd, 0);

	must(at == where);
	return at;
}

static inline void *map(char *where, size_t pages)
{
	return map_at(where, pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static inline uint64_t word_of(size_t page, int step)
{
	return (page + 1) * 0x9e3779b97f4a7c15 + (uint64_t)step;
}

/* A word in front, and one behind. */
static inline void put(char *where, size_t page, int step)
{
	uint64_t *words = (void *)(where + page * PAGE);

	words[0] = words[511] = word_of(page, step);
}

static inline void fill(char *where, size_t from, size_t to, int step)
{
	for (size_t i = from; i < to; i++)
		put(where, i, step);
}

static inline bool has(const char *where, size_t page, uint64_t word)
{
	const uint64_t *words = (const void *)(where + page * PAGE);

	return words[0] == word && words[511] == word;
}

static inline bool is(const char *where, size_t page, int step)
{
	return has(where, page, word_of(page, step));
}

static inline bool is_all(const char *where, size_t from, size_t to, int step)
{
	for (size_t i = from; i < to; i++)
		if (!is(where, i, step))
			return false;
	return true;
}

static inline bool is_zero(const char *where, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!has(where, i, 0))
			return false;
	return true;
}
