/* cr_state.c - what a process is, but for its files and memory, into an image */
#include "cr_state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_files.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_seize.h"
#include "cr_tty.h"

enum {
	SMAPS_MAX = 1 << 23,
	STATUS_MAX = 8192,
	SIGNALS = 64,
	PEEK_MAX = 32, /* signals at a time */
	SECCOMP_STRICT = 1,
	SECCOMP_FILTERED = 2,
	GET_FILTER = 0x420c,  /* PTRACE_SECCOMP_GET_FILTER */
	GET_RSEQ = 0x420f,    /* PTRACE_GET_RSEQ_CONFIGURATION */
	RSEQ_CS = 8,          /* where in struct rseq */
	STATX_MOUNT = 0x1000, /* STATX_MNT_ID, since Linux 5.8 */
	STATX_MOUNT_WORD = 18,
};

static char smaps[SMAPS_MAX];
static char status[STATUS_MAX];

static int read_maps(const struct cr_held *p)
{
	if (cr_proc_read(p->pid, "smaps", smaps, sizeof(smaps)) < 0)
		return fail("cannot read the memory map of process %d",
			    p->inner);
	return 0;
}

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
	char *text = smaps;
	struct cr_range r;
	uint64_t n;

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
	if (cr_proc_read(p->pid, "smaps", smaps, sizeof(smaps)) < 0)
		return 0; /* it has just ended */
	while (cr_next_range(&text, &r))
		if ((starts_with(r.path, "anon_inode:") ||
		     starts_with(r.path, "/[aio]")) &&
		    cr_obstacle(p, "its memory has '%s'", r.path) < 0)
			return -1;
	return 0;
}

/* Is the file of a range one that the container can open by that name? */
static bool has_name(const struct cr_held *p, const struct cr_range *r)
{
	uint64_t st[32]; /* struct statx, which libcs are late with */
	char path[80];
	size_t len = strlen(r->path);

	if (r->path[0] != '/' ||
	    (len > 10 && strcmp(r->path + len - 10, " (deleted)") == 0))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", p->pid,
		 (unsigned long long)r->start, (unsigned long long)r->end);
	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_MOUNT, st) < 0)
		return false;
	return !((uint32_t)st[0] & STATX_MOUNT) ||
	       cr_files_is_inside(st[STATX_MOUNT_WORD]);
}

static uint32_t vma_flags(const struct cr_range *r)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} flags[] = {
		{ " gd", CR_GROWS },    { " lo", CR_LOCKED },
		{ " dc", CR_DONTFORK }, { " wf", CR_WIPEONFORK },
		{ " hg", CR_HUGE },     { " nh", CR_NOHUGE },
		{ " dd", CR_NODUMP },
	};
	uint32_t all = r->shared ? CR_SHARED : 0;

	for (size_t i = 0; i < COUNT(flags); i++)
		if (strstr(r->flags, flags[i].word))
			all |= flags[i].flag;
	return all;
}

/* What is private and has no name in the container becomes memory without a
 * file: a program that was removed, or what an image was restored from. */
static int dump_range(struct cr_image *image, const struct cr_held *p,
		      const struct cr_range *r)
{
	struct cr_vma *v;
	int file = -1;
	bool mapped = r->inode && (r->shared || has_name(p, r));

	if (mapped) {
		char link[64];
		bool writes = r->shared && strstr(r->flags, " mw");

		snprintf(link, sizeof(link), "map_files/%llx-%llx",
			 (unsigned long long)r->start,
			 (unsigned long long)r->end);
		file = cr_files_name(image, p, link,
				     writes ? O_RDWR : O_RDONLY);
		if (file < 0)
			return file == -2 ? 0 : -1;
	}
	v = cr_add(image, CR_VMA, sizeof(*v));
	v->start = r->start;
	v->end = r->end;
	v->offset = mapped ? r->offset : 0;
	v->prot = r->prot;
	v->flags = vma_flags(r);
	if (r->inode && !mapped)
		v->flags |= CR_WHOLE;
	v->file = file;
	v->kind = mapped ? CR_MAPPED : CR_ANON;
	if (starts_with(r->path, "[v"))
		v->kind = CR_VDSO;
	return 0;
}

static int dump_ranges(struct cr_image *image, const struct cr_held *p)
{
	char *text = smaps;
	struct cr_range r;

	if (read_maps(p) < 0)
		return -1;
	while (cr_next_range(&text, &r))
		if (strcmp(r.path, "[vsyscall]") != 0 &&
		    dump_range(image, p, &r) < 0)
			return -1;
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

static int dump_signals(struct cr_image *image, pid_t tid, bool shared)
{
	static struct cr_signal found[PEEK_MAX];
	struct {
		uint64_t offset;
		uint32_t flags;
		int32_t count;
	} args = { 0, shared, PEEK_MAX };
	long n;

	do {
		n = cr_ptrace(PTRACE_PEEKSIGINFO, tid, (uintptr_t)&args,
			      (uintptr_t)found);
		for (long i = 0; i < n; i++)
			memcpy(cr_add(image, CR_SIGNAL, sizeof(*found)),
			       found + i, sizeof(*found));
		args.offset += n > 0 ? (uint64_t)n : 0;
	} while (n == PEEK_MAX);
	return n < 0 ? -1 : 0;
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

static void read_words(const char *key, uint32_t words[4])
{
	const char *at = cr_field(status, key);
	uint64_t n;

	for (size_t i = 0; at && i < 4 && cr_scan(&at, 10, &n); i++)
		words[i] = (uint32_t)n;
}

static void read_credentials(struct cr_thread *t)
{
	read_words("Uid", t->uid);
	read_words("Gid", t->gid);
	t->inheritable = cr_number(status, "CapInh", 16);
	t->permitted = cr_number(status, "CapPrm", 16);
	t->effective = cr_number(status, "CapEff", 16);
	t->bounding = cr_number(status, "CapBnd", 16);
	t->ambient = cr_number(status, "CapAmb", 16);
	t->no_new_privs = (uint32_t)cr_number(status, "NoNewPrivs", 10);
	t->seccomp = (uint32_t)cr_number(status, "Seccomp", 10);
}

static void dump_groups(struct cr_image *image)
{
	uint32_t groups[1024] = { 0 }, count = 0;
	const char *at = cr_field(status, "Groups");
	uint64_t n;

	while (at && count < COUNT(groups) && cr_scan(&at, 10, &n))
		groups[count++] = (uint32_t)n;
	memcpy(cr_add(image, CR_GROUPS, count * sizeof(*groups)), groups,
	       count * sizeof(*groups));
}

/* The kernel counts from the youngest. */
static int dump_filters(struct cr_image *image, const struct cr_task *t)
{
	long count = 0;

	while (cr_ptrace(GET_FILTER, t->tid, count, 0) > 0)
		count++;
	if (count == 0)
		return -1;
	while (count-- > 0) {
		long n = cr_ptrace(GET_FILTER, t->tid, count, 0);
		void *body = cr_add(image, CR_FILTER, (size_t)n * 8);

		if (n <= 0 ||
		    cr_ptrace(GET_FILTER, t->tid, count, (uintptr_t)body) < 0)
			return -1;
	}
	return 0;
}

/* Its address goes into the task too: when it comes back from a call that it has
 * made for us the kernel forgets where it was. */
static int dump_rseq(struct cr_task *task, struct cr_thread *t)
{
	struct {
		uint64_t address;
		uint32_t size, signature, flags, pad;
	} rseq;

	if (cr_ptrace(GET_RSEQ, task->tid, sizeof(rseq), (uintptr_t)&rseq) <
		    0 ||
	    !rseq.address)
		return 0; /* before Linux 5.13, or without */
	t->rseq = rseq.address;
	t->rseq_size = rseq.size;
	t->rseq_signature = rseq.signature;
	if (cr_peek(task->tid, rseq.address + RSEQ_CS, &t->rseq_cs,
		    sizeof(t->rseq_cs)) < 0)
		return -1;
	task->rseq = rseq.address + RSEQ_CS;
	task->rseq_cs = t->rseq_cs;
	return 0;
}

static int dump_registers(struct cr_image *image, const struct cr_task *t)
{
	static uint8_t bytes[CR_REGSET_MAX];
	struct cr_regset *r;

	r = cr_add(image, CR_REGSET, sizeof(*r) + sizeof(t->registers));
	r->note = 0;
	memcpy(r->bytes, &t->registers, sizeof(t->registers));
	for (const unsigned int *note = cr_machine_notes; *note; note++) {
		struct iovec v = { bytes, sizeof(bytes) };

		if (cr_ptrace(PTRACE_GETREGSET, t->tid, *note, (uintptr_t)&v) <
		    0)
			return -1;
		r = cr_add(image, CR_REGSET, sizeof(*r) + v.iov_len);
		r->note = *note;
		memcpy(r->bytes, bytes, v.iov_len);
	}
	return 0;
}

/* What the thread itself is asked for: where its own things are. */
static int ask_thread(const struct cr_remote *main, const struct cr_task *task,
		      struct cr_thread *t)
{
	struct cr_remote r = *main;

	r.tid = task->tid;
	r.base = task->registers;
	if (cr_call(&r, SYS_sigaltstack, 0, r.scratch) < 0 ||
	    cr_call(&r, SYS_prctl, PR_GET_TID_ADDRESS, r.scratch + 24) < 0)
		return -1;
	t->securebits = (uint32_t)cr_call(&r, SYS_prctl, PR_GET_SECUREBITS);
	return cr_peek(r.tid, r.scratch, t->altstack, sizeof(t->altstack)) <
				       0 ||
			       cr_peek(r.tid, r.scratch + 24, &t->clear_tid,
				       sizeof(t->clear_tid)) < 0
		       ? -1
		       : 0;
}

static int dump_thread(struct cr_image *image, const struct cr_remote *r,
		       struct cr_task *task)
{
	struct cr_thread *t = cr_add(image, CR_THREAD, sizeof(*t));
	unsigned int depth;

	if (cr_proc_read(task->tid, "status", status, sizeof(status)) < 0 ||
	    cr_proc_read(task->tid, "comm", t->name, sizeof(t->name)) < 0)
		return -1;
	t->tid = task->inner = cr_inner(status, "NSpid", &depth);
	t->mask = task->mask;
	read_credentials(t);
	syscall(SYS_get_robust_list, task->tid, &t->robust, &t->robust_size);
	/* Before it comes back from anything. */
	if (dump_rseq(task, t) < 0 || ask_thread(r, task, t) < 0 ||
	    dump_registers(image, task) < 0)
		return -1;
	dump_groups(image);
	if (t->seccomp == SECCOMP_FILTERED && dump_filters(image, task) < 0)
		return -1;
	return dump_signals(image, task->tid, false);
}

static int dump_threads(struct cr_image *image, struct cr_seized *s,
			const struct cr_held *p, const struct cr_remote *r)
{
	for (size_t i = 0; i < p->count; i++)
		if (dump_thread(image, r, s->tasks + p->first + i) < 0)
			return -1;
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
	if (read_maps(p) < 0)
		return -1;
	if (cr_find_vdso(p->pid, smaps, &vdso) < 0)
		return fail("cannot find the vdso of process %d", p->inner);
	*vdso_sum = vdso.sum;
	r.gadget = vdso.gadget;
	if (read_limits(p, record) < 0)
		return fail("cannot read the limits of process %d", p->inner);
	if (dump_names(image, p, record) < 0 || dump_auxv(image, p) < 0 ||
	    dump_ranges(image, p) < 0 || cr_files_dump(image, p) < 0)
		return -1;
	/* From here on it is in the middle of something else. */
	if (cr_scratch_map(&r, 0) < 0 || ask(&r, record) < 0 ||
	    dump_actions(image, &r) < 0 ||
	    dump_signals(image, p->pid, true) < 0 ||
	    dump_threads(image, s, p, &r) < 0 || cr_scratch_unmap(&r) < 0)
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
	record->umask = (uint32_t)cr_number(status, "Umask", 8);
	record->oom_score_adj = read_oom_score(p);
	return dump_live(image, s, p, record, vdso_sum);
}
