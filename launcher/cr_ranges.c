/* cr_ranges.c - which ranges of memory a process has, into an image */
#include "cr_ranges.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_files.h"
#include "cr_outside.h"
#include "cr_proc.h"
#include "cr_seize.h"

enum {
	STATX_MOUNT = 0x1000, /* STATX_MNT_ID, since Linux 5.8 */
	STATX_MOUNT_WORD = 18,
	SEEN_MAX = 1 << 16,
};

/* What does not change by itself. */
#define ADVICE (~(uint32_t)(CR_FULL | CR_LONE))

/* What was seen of those whose flags have waited, or may. */
static struct seen {
	uint64_t start, end;
	uint32_t flags;
} seen[SEEN_MAX];
static size_t seen_count;
static struct plain {
	pid_t pid;
	const struct seen *first, *end;
} plain[CR_PROCESSES_MAX];
static size_t plain_count;

/* "/SYSV00000000 (deleted)" */
bool cr_range_is_sysv(const struct cr_range *r)
{
	const char *at = r->path + strlen("/SYSV");
	uint64_t key;

	return r->shared && starts_with(r->path, "/SYSV") &&
	       cr_scan(&at, 16, &key) && strcmp(at, " (deleted)") == 0;
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
	       cr_is_inside(st[STATX_MOUNT_WORD]);
}

/* Was its file opened to be written to? */
static bool writes(const struct cr_held *p, const struct cr_range *r)
{
	struct stat st;
	char path[80];

	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", p->pid,
		 (unsigned long long)r->start, (unsigned long long)r->end);
	return lstat(path, &st) == 0 && st.st_mode & S_IWUSR;
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
	if (r->flags[0] && r->own_kb == (r->end - r->start) >> 10)
		all |= CR_FULL;
	if (r->flags[0] && r->common_kb == 0)
		all |= CR_LONE;
	return all;
}

/* What is private and has no name in the container becomes memory without a
 * file: a program that was removed, or what an image was restored from. */
static int dump_range(struct cr_image *image, const struct cr_held *p,
		      const struct cr_range *r)
{
	struct cr_vma *v;
	int file = -1;
	bool sysv = cr_range_is_sysv(r);
	bool mapped = !sysv && r->inode && (r->shared || has_name(p, r));

	if (mapped) {
		char link[64];
		snprintf(link, sizeof(link), "map_files/%llx-%llx",
			 (unsigned long long)r->start,
			 (unsigned long long)r->end);
		file = cr_files_name(image, p, link,
				     r->shared && writes(p, r) ? O_RDWR
							       : O_RDONLY);
		if (file < 0)
			return file == -2 ? 0 : -1;
	}
	v = cr_add(image, CR_VMA, sizeof(*v));
	v->start = r->start;
	v->end = r->end;
	v->offset = mapped || sysv ? r->offset : 0;
	v->prot = r->prot;
	v->flags = vma_flags(r);
	if (r->inode && !mapped && !sysv)
		v->flags |= CR_WHOLE;
	if (sysv && writes(p, r))
		v->flags |= CR_WRITABLE;
	v->file = sysv ? (int32_t)r->inode : file;
	v->kind = sysv ? CR_SYSV : mapped ? CR_MAPPED : CR_ANON;
	if (starts_with(r->path, "[v"))
		v->kind = CR_VDSO;
	return 0;
}

static int fail_changed(const struct cr_held *p)
{
	return failx(
		"cannot checkpoint process %d: its memory has changed just then",
		p->inner);
}

static struct plain *find_plain(pid_t pid)
{
	for (size_t i = 0; i < plain_count; i++)
		if (plain[i].pid == pid)
			return plain + i;
	return NULL;
}

void cr_ranges_doubt(pid_t pid)
{
	struct plain *p = find_plain(pid);

	if (p)
		p->pid = 0;
}

bool cr_ranges_wait(const struct cr_held *p)
{
	return find_plain(p->pid);
}

void cr_ranges_look(pid_t pid)
{
	const uint32_t odd = CR_LOCKED | CR_DONTFORK | CR_WIPEONFORK;
	struct seen *at = seen + seen_count;
	char *text = cr_proc_ranges(pid, true);
	struct cr_range r;

	cr_ranges_doubt(pid);
	if (!text || plain_count == COUNT(plain))
		return;
	while (cr_next_range(&text, &r)) {
		uint32_t flags = vma_flags(&r);

		if (flags & odd)
			return;
		flags &= ADVICE;
		if (at < seen + SEEN_MAX)
			*at++ = (struct seen){ r.start, r.end, flags };
	}
	plain[plain_count++] = (struct plain){ pid, seen + seen_count, at };
	seen_count = (size_t)(at - seen);
}

/* It is not told of here. */
static bool is_vsyscall(const struct seen *s)
{
	return s->start >> 63;
}

static struct cr_vma *to_write(struct cr_image *image, const struct cr_vma *v)
{
	return (struct cr_vma *)(image->bytes +
				 ((const char *)v - image->bytes));
}

bool cr_ranges_recall(struct cr_image *image, const struct cr_held *p,
		      const struct cr_process *record)
{
	const struct plain *found = find_plain(p->pid);
	const struct seen *s = found->first, *end = found->end;
	const struct cr_vma *v;

	cr_each (v, image, record, CR_VMA, CR_OF_PROCESS) {
		if (s == end || v->start != s->start || v->end != s->end)
			return false;
		to_write(image, v)->flags |= s++->flags;
	}
	return s == end || is_vsyscall(s);
}

int cr_ranges_confirm(const struct cr_held *p)
{
	const struct plain *found = find_plain(p->pid);
	const struct seen *s = found->first, *end = found->end;
	char *text = cr_proc_ranges(p->pid, true);
	struct cr_range r;

	while (text && cr_next_range(&text, &r)) {
		while (s != end && s->start < r.start)
			s++;
		if (s != end && s->start == r.start && s->end == r.end &&
		    s->flags != (vma_flags(&r) & ADVICE))
			return fail_changed(p);
	}
	return 0;
}

int cr_ranges_dump(struct cr_image *image, const struct cr_held *p)
{
	char *text = cr_proc_ranges(p->pid, !cr_ranges_wait(p));
	struct cr_range r;

	if (!text)
		return fail("cannot read the memory map of process %d",
			    p->inner);
	while (cr_next_range(&text, &r))
		if (strcmp(r.path, "[vsyscall]") != 0 &&
		    dump_range(image, p, &r) < 0)
			return -1;
	return 0;
}

int cr_ranges_finish(struct cr_image *image, const struct cr_held *p,
		     pid_t like, const struct cr_process *record)
{
	const struct cr_vma *v = cr_next(image, record, CR_VMA, CR_OF_PROCESS);
	char *text = cr_proc_ranges(like, true);
	struct cr_range r;

	while (v && text && cr_next_range(&text, &r)) {
		struct cr_vma *ours = to_write(image, v);

		if (r.start < v->start)
			continue; /* of no use to anybody */
		if (r.start > v->start)
			break;
		ours->flags |= vma_flags(&r);
		if (like != p->pid && ours->flags & CR_WIPEONFORK)
			break;
		v = cr_next(image, v, CR_VMA, CR_OF_PROCESS);
	}
	return v ? fail_changed(p) : 0;
}
