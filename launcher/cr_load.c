/* cr_load.c - much memory of an image, written into processes that wait */
#include "cr_load.h"

#include <errno.h>
#include <unistd.h>

#include "common/memory.h"
#include "common/report.h"
#include "cr_lazy.h"
#include "cr_remote.h"
#include "cr_seize.h"

/* Small enough to be in a cache of the processor from one copy to the other. */
static char piece[1 << 18];

static int load(const int *files, const struct cr_pages *pages, pid_t pid)
{
	for (uint64_t at = 0; at < pages->length; at += sizeof(piece)) {
		uint64_t rest = pages->length - at;
		size_t size = rest < sizeof(piece) ? rest : sizeof(piece);
		ssize_t n = pread(files[pages->source], piece, size,
				  (off_t)(pages->offset + at));

		if (n >= 0 && n < (ssize_t)size)
			errno = EIO;
		if (n < (ssize_t)size ||
		    cr_poke(pid, pages->address + at, piece, size) < 0)
			return -1;
	}
	return 0;
}

int cr_load(const struct cr_image *image, const int *pages,
	    const struct cr_process *p, pid_t pid)
{
	const void *behind = cr_lazy_memory(image, p);
	const struct cr_vma *at = NULL;
	const struct cr_pages *next;
	int result = 0;

	while (behind && result == 0 &&
	       (next = cr_lazy_next(image, p, CR_WRITTEN, behind, &at))) {
		result = load(pages, next, pid);
		behind = next;
	}
	if (result < 0 && (errno == ESRCH || cr_is_dead(pid)))
		failx("cannot restore process %d: it died", p->pid);
	else if (result < 0)
		fail("cannot bring the memory of process %d", p->pid);
	/* Who supervises for long does not need it. */
	memory_forget(piece, sizeof(piece));
	return result;
}
