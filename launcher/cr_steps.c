/* cr_steps.c - system calls that a process makes when nothing of its program is left */
#include "cr_steps.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/count.h"
#include "common/report.h"
#include "cr_machine.h"
#include "cr_remote.h"

enum { PAGE = 4096, LAST = 8 /* that we add ourselves */ };

static bool is_free(const struct cr_image *image, const struct cr_process *p,
		    uint64_t start, uint64_t end)
{
	const struct cr_vma *v;

	cr_each (v, image, p, CR_VMA, CR_OF_PROCESS)
		if (start < v->end && v->start < end)
			return false;
	return true;
}

/* Where neither the image nor the process has anything. */
static char *find_room(const struct cr_image *image, const struct cr_process *p,
		       size_t span)
{
	const uint64_t distance = 1 << 26;

	for (uint64_t at = 1 << 28; at < CR_TASK_SIZE - span; at += distance) {
		void *wish, *room;

		if (!is_free(image, p, at, at + span))
			continue;
		memcpy(&wish, &at, sizeof(wish));
		room = mmap(wish, span, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				    MAP_FIXED_NOREPLACE,
			    -1, 0);
		if (room == wish)
			return room;
		if (room != MAP_FAILED)
			munmap(room, span); /* before Linux 4.17: a hint */
		else if (errno != EEXIST)
			die("cannot get memory for process %d", p->pid);
	}
	diex("cannot restore process %d: its memory is full", p->pid);
}

static size_t paged(size_t size)
{
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

void cr_steps_begin(struct cr_steps *s, const struct cr_image *image,
		    const struct cr_process *p, size_t count, size_t data,
		    size_t aside)
{
	size_t list = paged((count + LAST) * sizeof(struct cr_step) + data +
			    2 * sizeof(struct cr_word));

	s->span = CR_SCRATCH_AT + CR_SCRATCH_BYTES + list + paged(aside);
	s->room = find_room(image, p, s->span);
	s->first = s->next =
		(struct cr_step *)(s->room + CR_SCRATCH_AT + CR_SCRATCH_BYTES);
	s->data = (char *)s->first + list;
	s->aside = (uintptr_t)s->data;
	memcpy(s->room, cr_machine_runner, cr_machine_runner_size);
	if (mprotect(s->room, PAGE, PROT_READ | PROT_EXEC) < 0)
		die("cannot get memory for process %d", p->pid);
}

void cr_step(struct cr_steps *s, int64_t least, long number,
	     const uint64_t args[6])
{
	if ((char *)(s->next + 1) > s->data)
		diex("cannot restore so much memory");
	s->next->number = number;
	memcpy(s->next->args, args, sizeof(s->next->args));
	s->next->least = least;
	s->next++;
}

void *cr_steps_data(struct cr_steps *s, size_t size)
{
	s->data -= (size + 7) & ~(size_t)7;
	if ((char *)s->next > s->data)
		diex("cannot restore so much memory");
	return s->data;
}

void cr_steps_empty(struct cr_steps *s)
{
	uint64_t room = (uintptr_t)s->room, end = room + s->span;

	cr_must(s, SYS_munmap, PAGE, room - PAGE);
	cr_must(s, SYS_munmap, end, CR_TASK_SIZE - end);
}

static struct cr_word *put_word(struct cr_steps *s, const struct cr_word *word,
				uint8_t kind)
{
	struct cr_word *copy = cr_steps_data(s, sizeof(*copy));

	*copy = *word;
	copy->kind = kind;
	copy->room = (uintptr_t)s->room;
	copy->span = s->span;
	return copy;
}

void cr_steps_run(struct cr_steps *s, int control, struct cr_word *word)
{
	struct cr_word *done = put_word(s, word, CR_DONE);
	struct cr_word *broken = put_word(s, word, CR_BROKEN);
	struct cr_step *failed;
	cr_runner run;

	cr_may(s, SYS_sendto, (uint64_t)control, (uintptr_t)done, sizeof(*done),
	       MSG_NOSIGNAL);
	cr_may(s, SYS_pause);
	failed = s->next;
	cr_may(s, SYS_sendto, (uint64_t)control, (uintptr_t)broken,
	       sizeof(*broken), MSG_NOSIGNAL);
	cr_may(s, SYS_pause);
	cr_may(s, SYS_exit_group, 1);
	memcpy(&run, &s->room, sizeof(run));
	run(s->first, failed, &broken->result);
	__builtin_unreachable();
}

int cr_steps_fail(pid_t pid, int inner, const struct cr_word *word)
{
	static const struct {
		short number;
		const char *what;
	} texts[] = {
		{ SYS_mmap, "map" },
		{ SYS_preadv, "read from 'pages.img'" },
		{ SYS_munmap, "empty" },
		{ SYS_mprotect, "protect" },
		{ SYS_madvise, "guard" },
		{ SYS_mremap, "move" },
		{ SYS_shmat, "attach" },
	};
	const char *what = NULL;
	struct cr_step step = { 0 };

	if (cr_peek(pid, word->step, &step, sizeof(step)) < 0)
		return failx("cannot restore process %d: it died", inner);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].number == step.number)
			what = texts[i].what;
	errno = word->result < 0 ? (int)-word->result : EIO;
	if (!what)
		return fail("cannot make the memory of process %d what it was",
			    inner);
	return fail("cannot %s the memory of process %d at 0x%llx", what, inner,
		    (unsigned long long)step.args[0]);
}
