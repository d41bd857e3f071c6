/* cr_vdso.h - the vdso of a process, which is moved to where another one had it
 *
 * It is the kernel's, at another place in each process, and what an instruction
 * that calls the kernel is borrowed from: see cr_remote.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cr_image.h"

struct cr_remote;

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

/* From /proc/PID/smaps, which is consumed.  -1: there is none. */
int cr_find_vdso(pid_t pid, char *smaps, struct cr_vdso *vdso);

/* Is it the one that process p of an image had?  -1: reported; else *start is
 * where that was. */
int cr_vdso_check(const struct cr_vdso *vdso, const struct cr_image *image,
		  const struct cr_process *p, uint64_t *start);

/* Let the process move it, and with it where r calls from.  -1 with errno. */
int cr_vdso_move(struct cr_vdso *vdso, struct cr_remote *r, uint64_t to);
