/* cr_vdso.h - the vdso of a process, which is moved to where another one had it
 *
 * It is the kernel's, at another place in each process, and what an instruction
 * that calls the kernel is borrowed from: see cr_remote.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_steps;

enum { CR_VDSO_RANGES = 8 };

struct cr_vdso {
	uint64_t start, end; /* with what belongs to it */
	uint64_t code;       /* the vdso itself */
	uint64_t gadget, sum;
	struct {
		uint64_t start, end;
	} ranges[CR_VDSO_RANGES];
	size_t count;
};

/* -1 with errno: there is none. */
int cr_find_vdso(pid_t pid, struct cr_vdso *vdso);

/* Is ours the one that the processes of that image had?  -1: reported. */
int cr_vdso_check(const struct cr_image *image, const char *path);

/* How much room it takes, with what belongs to it. */
size_t cr_vdso_span(const struct cr_image *image, const struct cr_process *p);

/* Steps that move our own aside, or back to where that process had it. */
void cr_vdso_move(struct cr_steps *s, const struct cr_image *image,
		  const struct cr_process *p, bool back);
