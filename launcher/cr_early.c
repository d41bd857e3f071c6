/* cr_early.c - what large processes have, copied while they still run */
#include "cr_early.h"

#include "cr_chain.h"
#include "cr_copy.h"
#include "cr_extents.h"
#include "cr_plan.h"
#include "cr_proc.h"
#include "cr_seize.h"
#include "cr_threads.h"
#include "cr_track.h"

/* A snapshot of less takes no longer than to be held twice. */
enum { PAGE = 4096, LARGE_MIN = 1 << 26 };

/* Who is large; fresh: not tracked so far. */
static struct large {
	pid_t pid;
	bool fresh;
} large[CR_PROCESSES_MAX];
static size_t count;

/* What is in memory now, and where it is in the files of the new image. */
static struct cr_image copied;

enum { STATE = 3, RESIDENT = 24 }; /* see proc_pid_stat(5) */

static bool is_large(pid_t pid)
{
	uint64_t fields[CR_STAT_FIELDS];

	return cr_proc_stat(pid, fields) == 0 &&
	       fields[RESIDENT] >= LARGE_MIN / PAGE;
}

static const struct cr_held *find(const struct cr_seized *s, pid_t pid)
{
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i].pid == pid && !s->processes[i].zombie)
			return s->processes + i;
	return NULL;
}

bool cr_early_begin(const struct cr_seized *s, int dir)
{
	count = 0;
	for (size_t i = 0; i < s->process_count; i++)
		if (!s->processes[i].zombie && is_large(s->processes[i].pid))
			large[count++].pid = s->processes[i].pid;
	if (count == 0 || !cr_track_try(dir))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct cr_held *p = find(s, large[i].pid);

		large[i].fresh = !cr_track_is_open(p);
	}
	return true;
}

bool cr_early_is_open(void)
{
	for (size_t i = 0; i < count; i++)
		if (large[i].fresh)
			return false;
	return true;
}

void cr_early_open(struct cr_seized *s)
{
	for (size_t i = 0; i < count; i++) {
		const struct cr_held *p = find(s, large[i].pid);
		struct cr_thread ignored;

		if (p && cr_rseq_dump(s->tasks + p->first, &ignored) == 0)
			cr_track_open(s, p);
	}
}

/* As much of it as is tracked. */
static const struct cr_process *describe(const struct cr_held *p)
{
	size_t at = copied.length + sizeof(struct cr_record);
	struct cr_process *record =
		cr_add(&copied, CR_PROCESS, sizeof(*record));
	char *text = cr_proc_ranges(p->pid, false);
	struct cr_range r;

	record->pid = p->inner;
	while (text && cr_next_range(&text, &r)) {
		struct cr_vma *v;

		if (r.inode || r.shared)
			continue;
		v = cr_add(&copied, CR_VMA, sizeof(*v));
		v->start = r.start;
		v->end = r.end;
		v->kind = CR_ANON;
	}
	return (const void *)(copied.bytes + at);
}

/* A hypervisor without nested paging copies all tables of pages that have changed when
 * a process runs for the first time with them: 12 ms of 1 GB.  Who only waits for
 * something would do so when it is held. */
static void run_once(const struct cr_held *p)
{
	struct cr_task leader = { .tid = p->pid };
	uint64_t fields[CR_STAT_FIELDS];

	if (cr_proc_stat(p->pid, fields) == 0 && fields[STATE] == 'S' &&
	    cr_seize_one(&leader) == 0)
		cr_let_one_go(&leader);
}

int cr_early_copy(struct cr_image *image, const struct cr_seized *s)
{
	static struct cr_plan plans[CR_PROCESSES_MAX];
	static const struct cr_plan *ready[CR_PROCESSES_MAX];
	size_t planned = 0;

	if (cr_image_make_room(&copied) < 0)
		return -1;
	cr_track_take();
	for (size_t i = 0; i < count; i++) {
		const struct cr_held *p = find(s, large[i].pid);
		const struct cr_process *record;

		if (!p)
			continue;
		record = describe(p);
		if (!cr_track_protect(&copied, p, record))
			continue;
		if (large[i].fresh)
			run_once(p);
		ready[planned] = plans + planned;
		if (cr_plan_make(plans + planned++, CR_PLAN_EARLY, &copied, p,
				 record) < 0)
			return -1;
	}
	if (cr_copy(image, ready, planned) < 0)
		return -1;
	cr_extents_add(&copied, ready, planned);
	cr_chain_go_on(&copied);
	cr_track_settle();
	return 0;
}
