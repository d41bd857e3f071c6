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

struct cr_spans;
struct cr_steps;

/* Whether this kernel lets us.  -1 with errno. */
int cr_lazy_check(void);

bool cr_lazy_takes(const struct cr_process *p, const struct cr_vma *v);

/* How much of it there is: in all, and of the MEMORY (NULL: it has none) of a process;
 * missing: add all of that, or NULL.  Dies. */
uint64_t cr_lazy_bytes(const struct cr_image *image);
const struct cr_memory *cr_lazy_memory(const struct cr_image *image,
				       const struct cr_process *p);
uint64_t cr_lazy_pages(const struct cr_image *image, const struct cr_process *p,
		       const struct cr_memory *memory,
		       struct cr_spans *missing);

/* Make the fd of this process, at that number.  False: it has to do without. */
bool cr_lazy_open(int at);

/* A step: have that range watched, once it is mapped. */
void cr_lazy_watch(struct cr_steps *s, int fd, const struct cr_vma *v);
enum { CR_LAZY_DATA = 32 }; /* of a step */

/* What the kernel writes to when a thread ends, and does not wait for: have it there.
 * The filler has to run. */
void cr_lazy_touch(pid_t pid, const struct cr_thread *thread);

/* In the state directory, locked for as long as there is more to come. */
#define CR_LAZY_FILE "filling"

/* Is memory of the container with that state directory and name still to come?  Then
 * wait for it. */
void cr_lazy_wait(int dir, const char *name);
