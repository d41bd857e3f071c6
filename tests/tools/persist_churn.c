/* persist_churn.c - memory that changes in all ways all the time, and knows what it holds
 *
 *	sparse DIR	a little of one large mapping
 *	many DIR	a little of many that follow each other
 *	steady DIR	some of it
 *	storm DIR	as fast as can be
 *	fickle DIR	what is advised for a range, and nothing else
 *
 * Each page has a number at both ends, which "held" has, too: as both are memory, they
 * agree in an image of one moment, and in no other.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "persist.h"

enum { PAGE = 4096, PAGES = 24576, RUN_MAX = 48, LOOKED_AT = 16, STEADY = 4 };

static char *const base = (char *)0x100000000000;
static char *const aside = (char *)0x200000000000;
static char *const marked = (char *)0x300000000000;

static uint64_t held[PAGES];
static uint64_t stamp, seed = 88172645463325252;
static size_t stripe; /* the last page of so many may only be read */

static size_t below(size_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static void map(char *where, size_t pages)
{
	must(mmap(where, pages * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == where);
}

static uint64_t *words_of(size_t page)
{
	return (void *)(base + page * PAGE);
}

static void look(size_t page)
{
	const uint64_t *words = words_of(page);

	if (words[0] != held[page] || words[511] != held[page])
		tell("page %zu has %llu and %llu, not %llu", page,
		     (unsigned long long)words[0],
		     (unsigned long long)words[511],
		     (unsigned long long)held[page]);
}

static void fill(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!stripe || (i + 1) % stripe)
			words_of(i)[0] = words_of(i)[511] = held[i] = ++stamp;
}

static void forget(size_t from, size_t to)
{
	memset(held + from, 0, (to - from) * sizeof(*held));
}

static void give_back(size_t from, size_t to)
{
	must(madvise(base + from * PAGE, (to - from) * PAGE, MADV_DONTNEED) ==
	     0);
	forget(from, to);
}

static void map_anew(size_t from, size_t to)
{
	must(munmap(base + from * PAGE, (to - from) * PAGE) == 0);
	map(base + from * PAGE, to - from);
	forget(from, to);
}

static void *put_at(char *to, char *from)
{
	return mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

/* Page by page, which are of several mappings: to somewhere else, by way of a place
 * aside. */
static void move(size_t from, size_t to)
{
	for (; from < to; from += 4) {
		char *there = base + below(PAGES) * PAGE;
		uint64_t moving = held[from];

		must(put_at(aside, base + from * PAGE) == aside);
		map(base + from * PAGE, 1);
		held[from] = 0;
		must(put_at(there, aside) == there);
		held[(there - base) / PAGE] = moving;
	}
}

static void protect(size_t from, size_t to)
{
	must(mprotect(base + from * PAGE, (to - from) * PAGE, PROT_READ) == 0);
	for (size_t i = from; i < to; i++)
		look(i);
	must(mprotect(base + from * PAGE, (to - from) * PAGE,
		      PROT_READ | PROT_WRITE) == 0);
}

/* The first of them leave it one mapping. */
static void (*const ways[])(size_t, size_t) = {
	fill, give_back, fill, fill, map_anew, move, protect,
};
enum { WAYS = sizeof(ways) / sizeof(*ways), HARMLESS = 2 };

static void change(size_t of)
{
	size_t from = below(PAGES - RUN_MAX), to = from + 1 + below(RUN_MAX);

	ways[below(of)](from, to);
	for (int i = 0; i < LOOKED_AT; i++)
		look(below(PAGES));
}

/* "VmFlags: ... dd", of the range that begins there. */
static bool is_marked(const char *where)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512], start[32];
	bool here = false, found = false;

	must(file);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)where);
	while (fgets(line, sizeof(line), file)) {
		if (strchr(line, '-') && line[0] < 'A')
			here = strncmp(line, start, strlen(start)) == 0;
		found |= here && strncmp(line, "VmFlags:", 8) == 0 &&
			 strstr(line, " dd");
	}
	fclose(file);
	return found;
}

static void churn(int changes, size_t of, size_t wide)
{
	map(base, PAGES);
	fill(0, PAGES);
	stripe = wide;
	for (size_t i = stripe; stripe && i <= PAGES; i += stripe)
		must(mprotect(base + (i - 1) * PAGE, PAGE, PROT_READ) == 0);
	map(marked, 4);
	must(madvise(marked, 4UL * PAGE, MADV_DONTDUMP) == 0);
	while (!tick()) {
		for (int i = 0; i < changes; i++)
			change(of);
		if (changes <= STEADY)
			nap();
	}
	for (size_t i = 0; i < PAGES; i++)
		look(i);
	must(is_marked(marked));
}

static void fickle(void)
{
	map(base, PAGES);
	fill(0, PAGES);
	map(marked, 4);
	for (int advice = MADV_DONTDUMP; !tick();
	     advice = MADV_DONTDUMP + MADV_DODUMP - advice) {
		must(madvise(marked, 4UL * PAGE, advice) == 0);
		nap();
	}
}

static void sparse(void)
{
	churn(1, HARMLESS, 0);
}

static void many(void)
{
	churn(1, HARMLESS, 64);
}

static void steady(void)
{
	churn(STEADY, WAYS, 0);
}

static void storm(void)
{
	churn(25 * STEADY, WAYS, 0);
}

const struct mode modes[] = {
	{ "sparse", sparse }, { "many", many },     { "steady", steady },
	{ "storm", storm },   { "fickle", fickle }, { 0 },
};
