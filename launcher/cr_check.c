/* cr_check.c - is an image what it should be?  It may come from anybody
 *
 * After this nobody looks at lengths, ends of texts, indexes and addresses any
 * more.  What a process may do once it runs is not our question: who restores an
 * image starts what somebody else has chosen, as with a root directory.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/count.h"
#include "common/text.h"
#include "cr_forms.h"
#include "cr_option.h"
#include "cr_route.h"
#include "cr_socket.h"
#include "cr_tcp.h"
#include "cr_whole.h"

enum { PAGE = 4096 };

/* Where the walk is. */
struct walk {
	struct cr_image *image;
	const struct cr_process *process; /* NULL: before the first */
	uint64_t vma_end;
	size_t threads, all_threads, ptys;
	const struct cr_ipc *ipc;        /* the last */
	bool regs;                       /* the last thread has its own */
	const struct cr_process *memory; /* whose pages come */
	const struct cr_vma *vma;
};

static bool is_pid(int32_t pid)
{
	return pid > 0 && pid < CR_PID_MAX;
}

static const struct cr_process *find(const struct cr_image *image, int32_t pid)
{
	for (size_t i = 0; i < image->process_count; i++)
		if (image->processes[i]->pid == pid)
			return image->processes[i];
	return NULL;
}

/* The process before this one. */
static bool is_whole(const struct walk *w)
{
	return !w->process || w->threads > 0 || w->process->flags & CR_ZOMBIE;
}

static const char *check_process(struct walk *w, const void *body)
{
	const struct cr_process *p = body;
	struct cr_image *image = w->image;
	const struct cr_process *parent = find(image, p->ppid);

	if (image->process_count == CR_PROCESSES_MAX)
		return "it has too many processes";
	if (!is_whole(w))
		return "a process has no thread";
	if (!is_pid(p->pid) || !is_pid(p->pgid) || !is_pid(p->sid) ||
	    find(image, p->pid) || (image->process_count == 0) != (p->pid == 1))
		return "a process has a wrong pid";
	if (p->pid != 1 && (!parent || (parent->flags & CR_ZOMBIE)))
		return "a process has no parent";
	if (p->tty < 0 || p->tty > CR_PTYS_MAX)
		return "a process has no such terminal";
	image->processes[image->process_count++] = p;
	w->process = p;
	w->vma_end = PAGE;
	w->threads = 0;
	return NULL;
}

static const char *check_thread(struct walk *w, const void *body)
{
	const struct cr_thread *t = body;

	if (!is_pid(t->tid) || (w->threads == 0 && t->tid != w->process->pid))
		return "a thread has a wrong id";
	if (w->all_threads++ == CR_THREADS_MAX)
		return "it has too many threads";
	if (!memchr(t->name, '\0', sizeof(t->name)))
		return "a name does not end";
	w->threads++;
	return NULL;
}

static const char *check_container(struct walk *w, const void *body)
{
	const struct cr_container *c = body;

	(void)w;
	if (!memchr(c->name, '\0', sizeof(c->name)) ||
	    !memchr(c->hostname, '\0', sizeof(c->hostname)) ||
	    !memchr(c->domainname, '\0', sizeof(c->domainname)) ||
	    !memchr(c->kernel, '\0', sizeof(c->kernel)) ||
	    !memchr(c->build, '\0', sizeof(c->build)))
		return "a name does not end";
	return NULL;
}

static const char *check_vma(struct walk *w, const void *body)
{
	const struct cr_vma *v = body;

	if ((v->start | v->end | v->offset) & (PAGE - 1) ||
	    v->start < w->vma_end || v->end <= v->start || v->end >> 47 ||
	    v->kind > CR_SYSV ||
	    v->prot & ~(uint32_t)(PROT_READ | PROT_WRITE | PROT_EXEC) ||
	    (v->flags & CR_SHARED ? v->kind == CR_ANON : v->kind == CR_SYSV))
		return "a range of memory is impossible";
	w->vma_end = v->end;
	return NULL;
}

/* They come in the order of addresses, as the ranges do. */
static const char *check_range(struct walk *w, uint64_t address,
			       uint64_t length)
{
	static const char wrong[] = "pages are in no range of memory";
	const void *behind = w->vma ? (const void *)w->vma : w->memory;

	if (!w->memory)
		return "pages belong to nobody";
	if (length == 0 || length >> 47 || address >> 47 ||
	    (address | length) & (PAGE - 1))
		return wrong;
	while (!w->vma || w->vma->end <= address) {
		w->vma = cr_next(w->image, behind, CR_VMA, CR_OF_PROCESS);
		if (!w->vma)
			return wrong;
		behind = w->vma;
	}
	return address < w->vma->start || length > w->vma->end - address ||
			       w->vma->kind == CR_VDSO ||
			       w->vma->flags & CR_SHARED
		       ? wrong
		       : NULL;
}

static const char *check_guard(struct walk *w, const void *body)
{
	const struct cr_guard *g = body;

	return check_range(w, g->address, g->length);
}

static const char *check_pages(struct walk *w, const void *body)
{
	const struct cr_pages *p = body;
	const struct cr_image *image = w->image;
	uint64_t room;

	if (p->source >= image->store_count)
		return "pages are in no image";
	room = image->stores[p->source].length;
	if (p->offset & (PAGE - 1) || p->offset > room ||
	    p->length > room - p->offset)
		return "pages are not in 'pages.img'";
	return check_range(w, p->address, p->length);
}

static const char *check_parent(struct walk *w, const void *body)
{
	struct cr_image *image = w->image;
	const struct cr_parent *p = body;

	if (image->parent_count == CR_PARENTS_MAX)
		return "it builds on too many others";
	memcpy(image->stores + image->store_count, p->stores,
	       sizeof(p->stores));
	image->store_count += CR_STORES;
	image->parents[image->parent_count++] = p;
	return NULL;
}

static const char *check_memory(struct walk *w, const void *body)
{
	const struct cr_memory *m = body;

	w->memory = find(w->image, m->pid);
	w->vma = NULL;
	return w->memory ? NULL : "memory belongs to nobody";
}

static const char *check_file(struct walk *w, const void *body)
{
	const struct cr_file *f = body;

	if (w->image->file_count == CR_FILES_MAX)
		return "it has too many files";
	if (f->kind >= CR_FILE_KINDS || (f->kind == CR_EXTERNAL && f->role > 2))
		return "a file is of no known kind";
	if ((f->kind == CR_OF_BLOB &&
	     (f->id >= w->image->file_count ||
	      w->image->files[f->id]->kind != CR_BLOB)) ||
	    (f->kind == CR_BLOB &&
	     (f->id > w->image->stores[0].length ||
	      f->size > w->image->stores[0].length - f->id)))
		return "a file has no content";
	w->image->sockets[w->image->file_count] = NULL;
	w->image->files[w->image->file_count++] = f;
	return NULL;
}

static const char *check_action(struct walk *w, const void *body)
{
	const struct cr_action *a = body;

	(void)w;
	return a->number < 1 || a->number > 64 || a->number == SIGKILL ||
			       a->number == SIGSTOP
		       ? "there is no such signal"
		       : NULL;
}

static const char *check_fd(struct walk *w, const void *body)
{
	const struct cr_fd *fd = body;

	(void)w;
	return fd->fd < 0 || fd->fd >= CR_FD_MAX ? "an fd is too large" : NULL;
}

static const char *check_regset(struct walk *w, const void *body)
{
	(void)w;
	return cr_length(body) <= sizeof(struct cr_regset)
		       ? "registers are missing"
		       : NULL;
}

static const char *check_entry(struct walk *w, const void *body)
{
	const struct cr_entry *e = body;
	uint64_t pages = w->image->stores[0].length;

	if (S_ISREG(e->mode) &&
	    (e->offset > pages || e->size > pages - e->offset))
		return "a file is not in 'pages.img'";
	return NULL;
}

static const char *check_pty(struct walk *w, const void *body)
{
	const struct cr_pty *pty = body;

	return pty->number >= CR_PTYS_MAX || w->ptys++ == CR_PTYS_MAX
		       ? "it has too many terminals"
		       : NULL;
}

static const char *check_timer(struct walk *w, const void *body)
{
	const struct cr_timer *t = body;

	(void)w;
	return t->id < 0 || t->signal > 64 || t->notify > 4 || t->notify == 3
		       ? "a timer is impossible"
		       : NULL;
}

static const char *check_lock(struct walk *w, const void *body)
{
	const struct cr_lock *l = body;

	(void)w;
	return l->kind >= CR_LOCK_KINDS || l->start >> 63 || l->length >> 63
		       ? "a lock is impossible"
		       : NULL;
}

static const char *check_ipc(struct walk *w, const void *body)
{
	const struct cr_ipc *ipc = body;
	uint64_t pages = w->image->stores[0].length;
	size_t values = (cr_length(body) - sizeof(*ipc)) / sizeof(*ipc->values);

	if (ipc->kind >= CR_IPC_KINDS || ipc->id < 0)
		return "shared memory or messages are of no known kind";
	if ((ipc->kind == CR_IPC_SHM &&
	     (ipc->offset > pages || ipc->size > pages - ipc->offset)) ||
	    (ipc->kind == CR_IPC_SEM && ipc->size != values))
		return "shared memory has no content";
	w->ipc = ipc;
	return NULL;
}

static const char *check_socket(struct walk *w, const void *body)
{
	return cr_socket_check(w->image, body);
}

static const char *check_option(struct walk *w, const void *body)
{
	const struct cr_option *o = body;

	(void)w;
	return cr_option_is_known(o->row, cr_length(o) - sizeof(*o))
		       ? NULL
		       : "a socket has an option that nobody knows";
}

static const char *check_message(struct walk *w, const void *body)
{
	const struct cr_message *m = body;

	return !w->ipc || w->ipc->kind != CR_IPC_MSG || m->type <= 0
		       ? "a message is in no queue"
		       : NULL;
}

static const char *check_letter(struct walk *w, const void *body)
{
	(void)w;
	return cr_letter_check(body);
}

static const char *check_tcp(struct walk *w, const void *body)
{
	(void)w;
	return cr_tcp_check(body);
}

static const char *check_route(struct walk *w, const void *body)
{
	(void)w;
	return cr_route_check(body, cr_length(body));
}

static const char *check_link(struct walk *w, const void *body)
{
	const struct cr_link *l = body;

	(void)w;
	return !memchr(l->name, '\0', sizeof(l->name)) ||
			       !memchr(l->kept, '\0', sizeof(l->kept))
		       ? "a name does not end"
		       : NULL;
}

/* Inside: what has to come before. */
static const struct {
	const char *(*check)(struct walk *w, const void *body);
	bool of_process, of_thread;
} checks[CR_TYPES] = {
	[CR_CONTAINER] = { check_container },
	[CR_PROCESS] = { check_process },
	[CR_AUXV] = { NULL, true },
	[CR_ACTION] = { check_action, true },
	[CR_SIGNAL] = { NULL, true },
	[CR_FD] = { check_fd, true },
	[CR_VMA] = { check_vma, true },
	[CR_THREAD] = { check_thread, true },
	[CR_REGSET] = { check_regset, true, true },
	[CR_GROUPS] = { NULL, true, true },
	[CR_FILTER] = { NULL, true, true },
	[CR_FILE] = { check_file },
	[CR_ENTRY] = { check_entry },
	[CR_MEMORY] = { check_memory },
	[CR_PAGES] = { check_pages },
	[CR_GUARD] = { check_guard },
	[CR_PARENT] = { check_parent },
	[CR_PTY] = { check_pty },
	[CR_TIMER] = { check_timer, true },
	[CR_LOCK] = { check_lock, true },
	[CR_OWNER] = { NULL, true },
	[CR_IPC] = { check_ipc },
	[CR_MESSAGE] = { check_message },
	[CR_SCHED] = { NULL, true, true },
	[CR_SOCKET] = { check_socket },
	[CR_OPTION] = { check_option },
	[CR_LETTER] = { check_letter },
	[CR_TCP] = { check_tcp },
	[CR_LINK] = { check_link },
	[CR_ROUTE] = { check_route },
};

static const char *check_place(struct walk *w, const struct cr_record *r)
{
	if (checks[r->type].of_process && (!w->process || w->memory))
		return "a record is in the wrong place";
	if (checks[r->type].of_thread && w->threads == 0)
		return "a record is in the wrong place";
	return checks[r->type].check ? checks[r->type].check(w, r + 1) : NULL;
}

const char *cr_image_check(struct cr_image *image)
{
	struct walk w = { .image = image };
	const char *wrong = cr_check_forms(image);
	size_t at = sizeof(struct cr_header);

	image->process_count = image->file_count = image->parent_count = 0;
	image->store_count = CR_STORES;
	while (!wrong && at < image->length) {
		wrong = check_place(&w, cr_record_at(image, at));
		at = cr_record_behind(image, at);
	}
	if (!wrong && !is_whole(&w))
		wrong = "it ends too early";
	return wrong ? wrong : cr_check_whole(image);
}
