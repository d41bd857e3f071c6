/* cr_lazy.c - memory of an image that comes when it is needed, or a moment later */
#include "cr_lazy.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "common/fd.h"
#include "common/report.h"
#include "cr_remote.h"
#include "cr_steps.h"

enum {
	LAZY_MIN = 1 << 16, /* of a range: less is read sooner */
	ROBUST_MAX = 2048,  /* as the kernel follows them */
	TRIES = 100,
	NAP_US = 10000,
};

_Static_assert(sizeof(struct uffdio_register) == CR_LAZY_DATA, "a step's");

static int open_faults(void)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP |
			    UFFD_FEATURE_EVENT_REMOVE |
			    UFFD_FEATURE_EVENT_UNMAP,
	};
	autofd int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	return fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 ? -1 : fd_take(&fd);
}

int cr_lazy_check(void)
{
	autofd int fd = open_faults();

	return fd < 0 ? -1 : 0;
}

bool cr_lazy_takes(enum cr_way way, const struct cr_process *p,
		   const struct cr_vma *v)
{
	const uint32_t others =
		CR_SHARED | CR_GROWS | CR_LOCKED | CR_WIPEONFORK | CR_WHOLE;
	const uint64_t words = p->mm[7], end = p->mm[10];

	/* What may not be written to by its process may not be from outside. */
	if (way == CR_AT_ONCE || (way == CR_WRITTEN && !(v->prot & PROT_WRITE)))
		return false;
	return v->kind == CR_ANON && !(v->flags & others) &&
	       v->end - v->start >= LAZY_MIN &&
	       (v->end <= words || v->start >= end);
}

/* Both come in the order of addresses. */
const struct cr_pages *cr_lazy_next(const struct cr_image *image,
				    const struct cr_process *p, enum cr_way way,
				    const void *behind,
				    const struct cr_vma **at)
{
	const struct cr_pages *pages;

	cr_each (pages, image, behind, CR_PAGES, CR_STOP(CR_MEMORY)) {
		while (!*at || (*at)->end <= pages->address)
			*at = cr_next(image, *at ? (const void *)*at : p,
				      CR_VMA, CR_OF_PROCESS);
		if (cr_lazy_takes(way, p, *at))
			break;
	}
	return pages;
}

const struct cr_memory *cr_lazy_memory(const struct cr_image *image,
				       const struct cr_process *p)
{
	const struct cr_memory *memory;

	cr_each (memory, image, NULL, CR_MEMORY, 0)
		if (memory->pid == p->pid)
			break;
	return memory;
}

uint64_t cr_lazy_bytes(const struct cr_image *image)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];
		const void *behind = cr_lazy_memory(image, p);
		const struct cr_pages *pages;
		const struct cr_vma *at = NULL;

		while (behind && (pages = cr_lazy_next(image, p, CR_LATER,
						       behind, &at))) {
			bytes += pages->length;
			behind = pages;
		}
	}
	return bytes;
}

bool cr_lazy_open(int at)
{
	autofd int fd = open_faults();

	return fd >= 0 && dup3(fd, at, O_CLOEXEC) >= 0;
}

void cr_lazy_watch(struct cr_steps *s, int fd, uint64_t start, uint64_t end)
{
	struct uffdio_register *wanted = cr_steps_data(s, sizeof(*wanted));

	*wanted = (struct uffdio_register){
		.range = { start, end - start },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	cr_must(s, SYS_ioctl, (uint64_t)fd, UFFDIO_REGISTER, (uintptr_t)wanted);
}

void cr_lazy_touch(pid_t pid, const struct cr_thread *thread)
{
	struct {
		uint64_t next, offset, pending;
	} head = { 0 };
	uint64_t at = thread->robust;
	uint32_t word;

	cr_peek(pid, thread->clear_tid, &word, sizeof(word));
	if (!at || cr_peek(pid, at, &head, sizeof(head)) < 0)
		return;
	for (int i = 0; i < ROBUST_MAX && head.next != thread->robust; i++) {
		at = head.next;
		cr_peek(pid, at + head.offset, &word, sizeof(word));
		if (cr_peek(pid, at, &head.next, sizeof(head.next)) < 0)
			break;
	}
	cr_peek(pid, head.pending + head.offset, &word, sizeof(word));
}

void cr_lazy_wait(int dir, const char *name)
{
	autofd int file = openat(dir, CR_LAZY_FILE, O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < TRIES; i++) {
		if (file < 0 || flock(file, LOCK_SH | LOCK_NB) == 0)
			return;
		usleep(NAP_US);
	}
	warnx("'%s' is still being restored: waiting for the rest of its memory",
	      name);
	flock(file, LOCK_SH);
}
