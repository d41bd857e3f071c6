/* descendants.c - everyone below us */
#include "descendants.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/io.h"
#include "common/text.h"

enum { FAMILY_MAX = 512 };

struct family {
	pid_t pids[FAMILY_MAX];
	size_t count;
};

/* Append the children of pid's first thread; the kernel lists each thread's
 * on their own, but orphans are given to a living first thread. */
static void add_children(struct family *f, pid_t pid)
{
	char path[64], list[4096], *word = list;
	uint64_t child;

	if (format(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid) <
		    0 ||
	    read_file_at(AT_FDCWD, path, list, sizeof(list)) < 0)
		return;
	while (word && f->count < FAMILY_MAX) {
		char *next = split_at(word, ' ');

		if (parse_uint(word, INT32_MAX, &child) == 0)
			f->pids[f->count++] = (pid_t)child;
		word = next;
	}
}

void descendants_signal(int number)
{
	struct family f = { .count = 0 };

	if (getpid() == 1) {
		kill(-1, number);
		kill(-1, SIGCONT);
		return;
	}
	add_children(&f, getpid());
	for (size_t i = 0; i < f.count; i++)
		add_children(&f, f.pids[i]);
	for (size_t i = 0; i < f.count; i++) {
		kill(f.pids[i], number);
		kill(f.pids[i], SIGCONT);
	}
}
