/* cr_lazy.h - memory of an image that comes when it is needed, or a moment later
 *
 *	a process		makes a userfaultfd, and has what it maps watched by it;
 *				from then on it goes on as if all were there
 *	the filler		(cr_filler.h) has a copy of that fd, and the image
 *
 * That is for private memory without a file.  The rest is read at once: what is shared
 * or locked, and what the kernel reads without waiting for anybody, as it does with
 * the words of the command (/proc/PID/cmdline).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_steps;

/* How memory comes, but for what is read by each process in any case. */
enum cr_way {
	CR_AT_ONCE,
	CR_WRITTEN, /* before it goes on, from outside: see cr_load.h */
	CR_LATER,
};

/* Whether this kernel lets us.  -1 with errno. */
int cr_lazy_check(void);

/* Is that range filled in this way?  Not at once. */
bool cr_lazy_takes(enum cr_way way, const struct cr_process *p,
		   const struct cr_vma *v);

/* How much of it there is that may come later. */
uint64_t cr_lazy_bytes(const struct cr_image *image);

/* The MEMORY of a process; NULL: it has none. */
const struct cr_memory *cr_lazy_memory(const struct cr_image *image,
				       const struct cr_process *p);

/* The next PAGES behind that, or others, that come in this way; at: where we are, NULL
 * at the beginning. */
const struct cr_pages *cr_lazy_next(const struct cr_image *image,
				    const struct cr_process *p, enum cr_way way,
				    const void *behind,
				    const struct cr_vma **at);

/* Make the fd of this process, at that number.  False: it has to do without. */
bool cr_lazy_open(int at);

/* A step: have what is mapped between two addresses watched, all of which may be. */
void cr_lazy_watch(struct cr_steps *s, int fd, uint64_t start, uint64_t end);
enum { CR_LAZY_DATA = 32 }; /* of a step */

/* What the kernel writes to when a thread ends, and does not wait for: have it there.
 * The filler has to run. */
void cr_lazy_touch(pid_t pid, const struct cr_thread *thread);

/* In the state directory, locked for as long as there is more to come. */
#define CR_LAZY_FILE "filling"

/* Is memory of the container with that state directory and name still to come?  Then
 * wait for it. */
void cr_lazy_wait(int dir, const char *name);
