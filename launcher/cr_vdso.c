/* cr_vdso.c - the vdso of a process, which is moved to where another one had it */
#include "cr_vdso.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_steps.h"

enum { VDSO_MAX = 65536 };

static uint64_t sum_of(const unsigned char *bytes, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

/* Kernels have divided its data into more and more ranges, all called [v...]. */
int cr_find_vdso(pid_t pid, struct cr_vdso *vdso)
{
	char *text = cr_proc_ranges(pid, false);
	static unsigned char code[VDSO_MAX];
	struct cr_range range;
	size_t size = 0;
	long at;

	*vdso = (struct cr_vdso){ .start = UINT64_MAX };
	while (text && cr_next_range(&text, &range)) {
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

/* As a process of an image had it. */
static bool is_ours(const struct cr_vdso *vdso, const struct cr_image *image,
		    const struct cr_process *p)
{
	const struct cr_vma *v;
	size_t n = 0;

	cr_each (v, image, p, CR_VMA, CR_OF_PROCESS) {
		if (v->kind != CR_VDSO)
			continue;
		if (n == vdso->count ||
		    v->end - v->start !=
			    vdso->ranges[n].end - vdso->ranges[n].start ||
		    (v->prot & PROT_EXEC) !=
			    (vdso->code == vdso->ranges[n].start ? PROT_EXEC
								 : 0))
			return false;
		n++;
	}
	return n == vdso->count;
}

int cr_vdso_check(const struct cr_image *image, const char *path)
{
	const struct cr_container *c = cr_only(image, CR_CONTAINER);
	struct cr_vdso vdso;
	bool same;

	if (cr_find_vdso(getpid(), &vdso) < 0)
		return fail("cannot find the vdso of this machine");
	same = vdso.sum == c->vdso_sum;
	for (size_t i = 0; same && i < image->process_count; i++)
		same = image->processes[i]->flags & CR_ZOMBIE ||
		       is_ours(&vdso, image, image->processes[i]);
	if (same)
		return 0;
	return failx(
		"cannot restore '%s' on this kernel: its vdso is not that of %s",
		path, c->kernel);
}

/* Where the first of its ranges is, and the last ends; its code in between. */
static void find_ranges(const struct cr_image *image,
			const struct cr_process *p, struct cr_vdso *vdso)
{
	const struct cr_vma *v;

	*vdso = (struct cr_vdso){ .start = 0 };
	cr_each (v, image, p, CR_VMA, CR_OF_PROCESS) {
		if (v->kind != CR_VDSO)
			continue;
		if (!vdso->start)
			vdso->start = v->start;
		if (v->prot & PROT_EXEC)
			vdso->code = v->start;
		vdso->end = v->end;
	}
}

size_t cr_vdso_span(const struct cr_image *image, const struct cr_process *p)
{
	struct cr_vdso vdso;

	find_ranges(image, p, &vdso);
	return vdso.end - vdso.start;
}

/* All of it together, as it finds its data by where that is. */
void cr_vdso_move(struct cr_steps *s, const struct cr_image *image,
		  const struct cr_process *p, bool back)
{
	const struct cr_vma *v;
	struct cr_vdso vdso;
	uint64_t ours;

	find_ranges(image, p, &vdso);
	ours = getauxval(AT_SYSINFO_EHDR) - vdso.code;
	cr_each (v, image, p, CR_VMA, CR_OF_PROCESS) {
		uint64_t size = v->end - v->start;
		uint64_t aside = s->aside + v->start - vdso.start;

		if (v->kind == CR_VDSO)
			cr_must(s, SYS_mremap, back ? aside : v->start + ours,
				size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
				back ? v->start : aside);
	}
}
