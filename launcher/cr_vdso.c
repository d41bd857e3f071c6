/* cr_vdso.c - the vdso of a process, which is moved to where another one had it */
#include "cr_vdso.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"
#include "cr_remote.h"

enum { VDSO_MAX = 65536 };

static uint64_t sum_of(const unsigned char *bytes, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

/* Kernels have divided its data into more and more ranges, all called [v...]. */
int cr_find_vdso(pid_t pid, char *smaps, struct cr_vdso *vdso)
{
	static unsigned char code[VDSO_MAX];
	struct cr_range range;
	size_t size = 0;
	long at;

	*vdso = (struct cr_vdso){ .start = UINT64_MAX };
	while (cr_next_range(&smaps, &range)) {
		if (!starts_with(range.path, "[v") ||
		    strcmp(range.path, "[vsyscall]") == 0)
			continue;
		if (range.start < vdso->start)
			vdso->start = range.start;
		vdso->end = range.end;
		if (vdso->count < CR_VDSO_RANGES) {
			vdso->ranges[vdso->count].start = range.start;
			vdso->ranges[vdso->count++].end = range.end;
		}
		if (strcmp(range.path, "[vdso]") != 0)
			continue;
		vdso->code = range.start;
		size = range.end - range.start;
	}
	errno = ENOEXEC;
	if (size == 0 || size > sizeof(code) ||
	    cr_peek(pid, vdso->code, code, size) < 0)
		return -1;
	at = cr_machine_find_call(code, size);
	if (at < 0)
		return -1;
	vdso->gadget = vdso->code + (uint64_t)at;
	vdso->sum = sum_of(code, size);
	return 0;
}

int cr_vdso_check(const struct cr_vdso *vdso, const struct cr_image *image,
		  const struct cr_process *p, uint64_t *start)
{
	const struct cr_container *c = cr_only(image, CR_CONTAINER);
	const struct cr_vma *v;
	uint64_t end = 0;

	*start = 0;
	cr_each (v, image, p, CR_VMA, CR_OF_PROCESS)
		if (v->kind == CR_VDSO) {
			if (!*start)
				*start = v->start;
			end = v->end;
		}
	if (vdso->sum == c->vdso_sum && end - *start == vdso->end - vdso->start)
		return 0;
	return failx(
		"cannot restore it on this kernel: its vdso is not that of %s",
		c->kernel);
}

/* All of it together, as it finds its data by where that is. */
int cr_vdso_move(struct cr_vdso *vdso, struct cr_remote *r, uint64_t to)
{
	uint64_t from = vdso->start;

	for (size_t i = 0; i < vdso->count; i++) {
		uint64_t size = vdso->ranges[i].end - vdso->ranges[i].start;
		uint64_t target = vdso->ranges[i].start - from + to;

		if (target == vdso->ranges[i].start)
			continue;
		if (cr_call(r, SYS_mremap, vdso->ranges[i].start, size, size,
			    MREMAP_MAYMOVE | MREMAP_FIXED, target) < 0)
			return -1;
		if (vdso->code == vdso->ranges[i].start) {
			r->gadget += target - vdso->ranges[i].start;
			vdso->code = target;
		}
		vdso->ranges[i].start = target;
		vdso->ranges[i].end = target + size;
	}
	vdso->end += to - from;
	vdso->start = to;
	return 0;
}
