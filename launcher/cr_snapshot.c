/* cr_snapshot.c - what the memory of a process holds now, for as long as it takes */
#include "cr_snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_seize.h"
#include "cr_vdso.h"

enum { EXITKILL = 0x100000 /* PTRACE_O_EXITKILL */, TRIES = 20 };

static struct snapshot {
	pid_t pid, child;
	int inner; /* the child, as its parent knows it */
	uint64_t gadget;
} snapshots[CR_PROCESSES_MAX];
static size_t count;

/* Advice to leave a range out of what children get. */
static bool is_inherited(const struct cr_image *image,
			 const struct cr_process *record)
{
	const struct cr_vma *v;

	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS)
		if (v->flags & (CR_DONTFORK | CR_WIPEONFORK))
			return false;
	return true;
}

static size_t count_ranges(pid_t pid)
{
	const char *text = cr_proc_ranges(pid, false);
	size_t n = 0;

	for (; text && *text; text++)
		n += *text == '\n';
	return n;
}

bool cr_snapshot_take(const struct cr_image *image, const struct cr_seized *s,
		      const struct cr_held *p, const struct cr_process *record)
{
	struct cr_remote r = { .tid = p->pid,
			       .base = s->tasks[p->first].registers };
	struct snapshot *new = snapshots + count;
	struct cr_vdso vdso;
	int status;
	long inner;

	if (!is_inherited(image, record) || cr_find_vdso(p->pid, &vdso) < 0)
		return false;
	r.gadget = vdso.gadget;
	/* Without a signal at its end. */
	inner = cr_call(&r, SYS_clone, CLONE_FILES | CLONE_FS, 0, 0, 0, 0);
	if (inner < 0 || !r.event ||
	    waitpid((pid_t)r.event, &status, __WALL) < 0)
		return false;
	*new = (struct snapshot){ p->pid, (pid_t)r.event, (int)inner,
				  vdso.gadget };
	cr_ptrace(PTRACE_SETOPTIONS, new->child, 0, EXITKILL);
	count++;
	/* Of advice not to be inherited addresses tell nothing. */
	return count_ranges(p->pid) == count_ranges((pid_t)r.event);
}

struct cr_held cr_snapshot_of(const struct cr_held *p)
{
	struct cr_held copy = *p;

	for (size_t i = 0; i < count; i++)
		if (snapshots[i].pid == p->pid)
			copy.pid = snapshots[i].child;
	return copy;
}

/* Its parent asks how it has ended, which nobody else does. */
static int see_off(const struct snapshot *s)
{
	struct cr_task task = { .tid = s->pid };
	struct cr_remote r = { .tid = s->pid, .gadget = s->gadget };

	if (cr_seize_one(&task) < 0)
		return errno == ESRCH ? 0 : -1;
	r.base = task.registers;
	cr_call(&r, SYS_wait4, (uint64_t)s->inner, 0, __WALL | WNOHANG, 0);
	cr_let_one_go(&task);
	return 0;
}

void cr_snapshot_end(void)
{
	int status;

	for (size_t i = 0; i < count; i++)
		kill(snapshots[i].child, SIGKILL);
	for (size_t i = 0; i < count; i++) {
		waitpid(snapshots[i].child, &status, __WALL);
		/* In a vfork(2) it cannot be held. */
		for (int k = 0; k < TRIES && see_off(snapshots + i) < 0; k++)
			usleep(1000 << k / 4);
	}
	count = 0;
}
