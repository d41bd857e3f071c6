/* cr_state.c - what a process is, but for its files and memory, into an image */
#include "cr_state.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_files.h"
#include "cr_ipc.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_ranges.h"
#include "cr_remote.h"
#include "cr_seize.h"
#include "cr_threads.h"
#include "cr_timers.h"
#include "cr_tty.h"
#include "cr_vdso.h"

enum { STATUS_MAX = 8192, SIGNALS = 64, SECCOMP_STRICT = 1 };

static char status[STATUS_MAX];

/* The same namespaces for all is what a start makes. */
static int check_namespaces(const struct cr_seized *s, const struct cr_held *p)
{
	static const char *const names[] = {
		"mnt", "uts", "ipc", "net", "user", "time", "pid_for_children"
	};
	char ours[64], theirs[64], link[32];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(link, sizeof(link), "ns/%s", names[i]);
		if (cr_proc_link(s->processes[0].pid, link, ours,
				 sizeof(ours)) < 0 ||
		    cr_proc_link(p->pid, link, theirs, sizeof(theirs)) < 0)
			continue; /* an older kernel */
		if (strcmp(ours, theirs) != 0 &&
		    cr_obstacle(p, "it has a namespace of its own: %s",
				theirs) < 0)
			return -1;
	}
	return 0;
}

int cr_state_check(const struct cr_seized *s, const struct cr_held *p)
{
	char *text;
	struct cr_range r;
	uint64_t n;
	bool own_ipc;

	if (p->zombie)
		return 0;
	if (check_namespaces(s, p) < 0)
		return -1;
	if (cr_proc_read(p->pid, "status", status, sizeof(status)) > 0) {
		n = cr_number(status, "TracerPid", 10);
		if (n && cr_obstacle(p, "process %d traces it", (int)n) < 0)
			return -1;
		if (cr_number(status, "Seccomp", 10) == SECCOMP_STRICT &&
		    cr_obstacle(p, "it is in seccomp's strict mode") < 0)
			return -1;
	}
	text = cr_proc_ranges(p->pid, false);
	/* Or it has just ended. */
	own_ipc = cr_ipc_is_own(s->processes[0].pid);
	while (text && cr_next_range(&text, &r)) {
		if (!own_ipc && cr_range_is_sysv(&r) &&
		    cr_obstacle(p, "it shares memory with the host (%s)",
				r.path) < 0)
			return -1;
		if ((starts_with(r.path, "anon_inode:") ||
		     starts_with(r.path, "/[aio]")) &&
		    cr_obstacle(p, "its memory has '%s'", r.path) < 0)
			return -1;
	}
	return 0;
}

/* Of a group that the host knows by another number. */
static int32_t inner_group(const struct cr_seized *s, pid_t group)
{
	for (size_t i = 0; i < s->process_count; i++)
		if (group > 0 && getpgid(s->processes[i].pid) == group)
			return s->processes[i].pgid;
	return 0;
}

/* The fields of stat(5) that prctl(2) wants back; the brk is not among them. */
static void read_mm(const struct cr_seized *s, const struct cr_held *p,
		    struct cr_process *record)
{
	static const unsigned char numbers[] = { 26, 27, 45, 46, 47, 0,
						 28, 48, 49, 50, 51 };
	uint64_t fields[CR_STAT_FIELDS];

	if (cr_proc_stat(p->pid, fields) < 0)
		return;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i])
			record->mm[i] = fields[numbers[i]];
	record->exit_code = (uint32_t)fields[52];
	record->nice = (int32_t)fields[19];
	if (p->sid == p->inner) {
		record->tty = cr_tty_of(fields[7]);
		record->foreground = inner_group(s, (pid_t)fields[8]);
	}
}

/* "Max open files            1024                 4096                 files": in
 * the order of their numbers.  prlimit(2) wants more rights than that. */
static int read_limits(const struct cr_held *p, struct cr_process *record)
{
	enum { SOFT = 26, HARD = 47 };
	char text[4096];
	const char *line = text;

	if (cr_proc_read(p->pid, "limits", text, sizeof(text)) < 0)
		return -1;
	for (size_t i = 0; i < CR_RLIMITS; i++) {
		line = strchr(line, '\n');
		if (!line || strlen(line) < HARD + 2)
			return -1;
		line++;
		for (size_t k = 0; k < 2; k++) {
			const char *at = line + (k ? HARD : SOFT);

			if (!cr_scan(&at, 10, &record->rlimits[i][k]))
				record->rlimits[i][k] = UINT64_MAX;
		}
	}
	return 0;
}

static int32_t read_oom_score(const struct cr_held *p)
{
	char text[16];
	const char *at = text;
	uint64_t n;

	if (cr_proc_read(p->pid, "oom_score_adj", text, sizeof(text)) < 0)
		return 0;
	at += *at == '-';
	cr_scan(&at, 10, &n);
	return text[0] == '-' ? -(int32_t)n : (int32_t)n;
}

/* As of setarch(8). */
static uint32_t read_personality(const struct cr_held *p)
{
	char text[16];
	const char *at = text;
	uint64_t n = 0;

	if (cr_proc_read(p->pid, "personality", text, sizeof(text)) > 0)
		cr_scan(&at, 16, &n);
	return (uint32_t)n;
}

/* What the process itself is asked for. */
static int ask(struct cr_remote *r, struct cr_process *record)
{
	long subreaper = cr_call(r, SYS_prctl, PR_GET_CHILD_SUBREAPER,
				 r->scratch, 0, 0, 0);
	long signal = cr_call(r, SYS_prctl, PR_GET_PDEATHSIG, r->scratch + 4);
	uint32_t words[2];

	if (subreaper < 0 || signal < 0 ||
	    cr_peek(r->tid, r->scratch, words, sizeof(words)) < 0)
		return -1;
	record->flags |= words[0] ? CR_SUBREAPER : 0;
	record->pdeathsig = words[1];
	record->dumpable =
		(uint32_t)cr_call(r, SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	if (cr_call(r, SYS_prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1)
		record->flags |= CR_THP_OFF;
	record->mm[5] = (uint64_t)cr_call(r, SYS_brk, 0);
	for (size_t i = 0; i < COUNT(record->itimers); i++)
		if (cr_call(r, SYS_getitimer, i,
			    r->scratch + i * sizeof(record->itimers[0])) < 0)
			return -1;
	return cr_peek(r->tid, r->scratch, record->itimers,
		       sizeof(record->itimers));
}

/* Those that are caught or ignored; SIGCHLD may have flags without either. */
static int dump_actions(struct cr_image *image, struct cr_remote *r)
{
	const char *caught = cr_field(status, "SigCgt");
	const char *ignored = cr_field(status, "SigIgn");
	uint64_t a = 0, b = 0;

	if (caught)
		cr_scan(&caught, 16, &a);
	if (ignored)
		cr_scan(&ignored, 16, &b);
	a |= b | 1ULL << (SIGCHLD - 1);
	for (uint32_t n = 1; n <= SIGNALS; n++) {
		struct cr_action *record;

		if (!(a >> (n - 1) & 1))
			continue;
		if (cr_call(r, SYS_rt_sigaction, n, 0, r->scratch,
			    sizeof(uint64_t)) < 0)
			return -1;
		record = cr_add(image, CR_ACTION, sizeof(*record));
		record->number = n;
		if (cr_peek(r->tid, r->scratch, record->action,
			    sizeof(record->action)) < 0)
			return -1;
	}
	return 0;
}

static int dump_auxv(struct cr_image *image, const struct cr_held *p)
{
	char path[32], bytes[1024];
	autofd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/auxv", p->pid);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	if (n <= 0)
		return -1;
	memcpy(cr_add(image, CR_AUXV, (size_t)n), bytes, (size_t)n);
	return 0;
}

/* Its working directory, its program; and a root of its own if it has one. */
static int dump_names(struct cr_image *image, const struct cr_held *p,
		      struct cr_process *record)
{
	char root[8];

	record->exe = cr_files_name(image, p, "exe", O_RDONLY);
	record->cwd = cr_files_name(image, p, "cwd", O_PATH | O_DIRECTORY);
	if (record->exe == -1 || record->cwd == -1)
		return -1;
	if (cr_proc_link(p->pid, "root", root, sizeof(root)) == 1)
		return 0;
	record->root = cr_files_name(image, p, "root", O_PATH | O_DIRECTORY);
	return record->root == -1 ? -1 : 0;
}

static int dump_live(struct cr_image *image, struct cr_seized *s,
		     const struct cr_held *p, struct cr_process *record,
		     uint64_t *vdso_sum)
{
	const struct cr_task *leader = s->tasks + p->first;
	struct cr_remote r = { .tid = p->pid, .base = leader->registers };
	struct cr_vdso vdso;

	if (cr_machine_is_foreign(&leader->registers))
		return cr_obstacle(
			p, "it is no program of this machine's own kind");
	if (cr_find_vdso(p->pid, &vdso) < 0)
		return fail("cannot find the vdso of process %d", p->inner);
	*vdso_sum = vdso.sum;
	r.gadget = vdso.gadget;
	if (read_limits(p, record) < 0)
		return fail("cannot read the limits of process %d", p->inner);
	if (dump_names(image, p, record) < 0 || dump_auxv(image, p) < 0 ||
	    cr_ranges_dump(image, p) < 0 || cr_files_dump(image, p) < 0)
		return -1;
	/* From here on it is in the middle of something else. */
	if (cr_scratch_map(&r, 0) < 0 || ask(&r, record) < 0 ||
	    dump_actions(image, &r) < 0 ||
	    cr_signals_dump(image, p->pid, true) < 0 ||
	    cr_timers_dump(image, p, &r) < 0 ||
	    cr_threads_dump(image, s, p, &r, record->nice) < 0 ||
	    cr_scratch_unmap(&r) < 0)
		return fail("cannot read the state of process %d (%s)",
			    p->inner, cr_proc_name(p->pid));
	return 0;
}

int cr_state_dump(struct cr_image *image, struct cr_seized *s,
		  const struct cr_held *p, uint64_t *vdso_sum)
{
	struct cr_process *record = cr_add(image, CR_PROCESS, sizeof(*record));

	record->pid = p->inner;
	record->ppid = p->parent;
	record->pgid = p->pgid;
	record->sid = p->sid;
	record->exe = record->cwd = record->root = -1;
	record->flags =
		(p->zombie ? CR_ZOMBIE : 0) | (p->stopped ? CR_STOPPED : 0);
	read_mm(s, p, record);
	if (p->zombie)
		return 0;
	if (cr_proc_read(p->pid, "status", status, sizeof(status)) < 0)
		return fail("cannot read the state of process %d", p->inner);
	if (cr_number(status, "VmLck", 10))
		cr_ranges_doubt(p->pid);
	record->umask = (uint32_t)cr_number(status, "Umask", 8);
	record->oom_score_adj = read_oom_score(p);
	record->personality = read_personality(p);
	return dump_live(image, s, p, record, vdso_sum);
}
