/* cr_image_test.c - images that are good, and many that are not */
#include "launcher/cr_image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/rtnetlink.h>

#include "launcher/cr_proc.h"
#include "tap.h"

#define PAGE 4096UL

static struct cr_image image;

static struct cr_process *add_process(int pid, int ppid)
{
	struct cr_process *p = cr_add(&image, CR_PROCESS, sizeof(*p));

	p->pid = pid;
	p->ppid = ppid;
	p->pgid = p->sid = 1;
	p->root = -1;
	return p;
}

static struct cr_thread *add_thread(int tid)
{
	struct cr_thread *t = cr_add(&image, CR_THREAD, sizeof(*t));

	t->tid = tid;
	return t;
}

static struct cr_file *add_file(enum cr_file_kind kind, const char *path)
{
	struct cr_file *f =
		cr_add(&image, CR_FILE, sizeof(*f) + strlen(path) + 1);

	f->kind = kind;
	strncat(f->path, path, strlen(path));
	return f;
}

static struct cr_vma *add_vma(uint64_t start, uint64_t end)
{
	struct cr_vma *v = cr_add(&image, CR_VMA, sizeof(*v));

	v->start = start;
	v->end = end;
	return v;
}

static struct cr_pages *add_pages(uint64_t address, uint64_t length)
{
	struct cr_pages *p = cr_add(&image, CR_PAGES, sizeof(*p));

	p->address = address;
	p->length = length;
	return p;
}

static void add_guard(uint64_t address, uint64_t length)
{
	struct cr_guard *g = cr_add(&image, CR_GUARD, sizeof(*g));

	g->address = address;
	g->length = length;
}

static void add_parent(uint64_t length)
{
	struct cr_parent *p = cr_add(&image, CR_PARENT, sizeof(*p) + 2);

	p->stores[0].length = length;
	p->path[0] = '.';
}

static struct cr_memory *add_memory(int pid)
{
	struct cr_memory *m = cr_add(&image, CR_MEMORY, sizeof(*m));

	m->pid = pid;
	return m;
}

static void begin(void)
{
	if (image.bytes)
		cr_image_empty(&image);
	else
		cr_image_make_room(&image);
	image.stores[0].length = 16 * PAGE;
	image.stores[1].length = 2 * PAGE;
	cr_add(&image, CR_CONTAINER, sizeof(struct cr_container));
	cr_add_text(&image, CR_SPEC, "");
	cr_add_text(&image, CR_ROOTFS, "/r");
	cr_add_text(&image, CR_CWD, "/");
	add_file(CR_PATH, "/x");
}

/* One process with a range of memory, complete but for its end. */
static void begin_good(void)
{
	begin();
	add_process(1, 0);
	add_vma(PAGE * 4, PAGE * 8);
	add_thread(1);
}

/* And what was in that range. */
static void begin_memory(void)
{
	begin_good();
	add_memory(1);
}

static const char *verdict(void)
{
	const char *wrong;

	cr_add(&image, CR_END, 0);
	wrong = cr_image_check(&image);
	return wrong ? wrong : "good";
}

static void test_trees(void)
{
	begin_good();
	is_str(verdict(), "good");
	is(image.process_count, 1);
	is(image.file_count, 1);
	begin_good();
	add_process(7, 1)->flags = CR_ZOMBIE;
	is_str(verdict(), "good");
	begin();
	add_process(2, 0);
	is_str(verdict(), "a process has a wrong pid");
	begin_good();
	add_process(1, 1);
	is_str(verdict(), "a process has a wrong pid");
	begin_good();
	add_process(5, 4);
	is_str(verdict(), "a process has no parent");
	begin_good();
	add_process(5, 5);
	is_str(verdict(), "a process has no parent");
	begin_good();
	add_process(5, 1);
	is_str(verdict(), "it ends too early");
	begin_good();
	add_process(5, 1);
	add_process(6, 1);
	is_str(verdict(), "a process has no thread");
	begin_good();
	add_process(5, 1)->sid = -1;
	is_str(verdict(), "a process has a wrong pid");
	begin();
	is_str(verdict(), "it is incomplete");
}

static void test_indexes(void)
{
	struct cr_fd *fd;

	begin_good();
	fd = cr_add(&image, CR_FD, sizeof(*fd));
	fd->file = 1;
	is_str(verdict(), "a file is missing");
	begin_good();
	fd = cr_add(&image, CR_FD, sizeof(*fd));
	fd->fd = CR_FD_MAX;
	is_str(verdict(), "an fd is too large");
	begin_good();
	add_file(CR_FILE_KINDS, "");
	is_str(verdict(), "a file is of no known kind");
	begin_good();
	add_file(CR_OF_BLOB, "")->id = 0;
	is_str(verdict(), "a file has no content");
	begin_good();
	add_file(CR_BLOB, "b")->size = 17UL * PAGE;
	is_str(verdict(), "a file has no content");
	begin_good();
	add_file(CR_EXTERNAL, "")->role = 3;
	is_str(verdict(), "a file is of no known kind");
	begin();
	add_process(1, 0)->exe = 9;
	add_thread(1);
	is_str(verdict(), "a file is missing");
}

static void test_guards(void)
{
	begin_memory();
	add_pages(4 * PAGE, PAGE);
	add_guard(5 * PAGE, 2 * PAGE);
	add_pages(7 * PAGE, PAGE);
	is_str(verdict(), "good");
	begin_memory();
	add_guard(7 * PAGE, 2 * PAGE);
	is_str(verdict(), "pages are in no range of memory");
	begin_memory();
	add_guard(4 * PAGE, PAGE + 1);
	is_str(verdict(), "pages are in no range of memory");
	begin_good();
	add_guard(4 * PAGE, PAGE);
	is_str(verdict(), "pages belong to nobody");
}

/* What is said of pages from there on, by so many, that lie there. */
static void expect_pages(uint64_t address, uint64_t length, uint32_t source,
			 const char *expected)
{
	begin_memory();
	add_pages(address, length)->source = source;
	is_str(verdict(), expected);
}

static void test_memory(void)
{
	expect_pages(4 * PAGE, 4 * PAGE, 0, "good");
	expect_pages(4 * PAGE, 5 * PAGE, 0, "pages are in no range of memory");
	expect_pages(9 * PAGE, PAGE, 0, "pages are in no range of memory");
	begin_memory();
	add_pages(4 * PAGE, PAGE)->offset = 16 * PAGE;
	is_str(verdict(), "pages are not in 'pages.img'");
	expect_pages(4 * PAGE + 1, PAGE, 0, "pages are in no range of memory");
	expect_pages(4 * PAGE, 2 * PAGE, 1, "good");
	expect_pages(4 * PAGE, 3 * PAGE, 1, "pages are not in 'pages.img'");
	expect_pages(4 * PAGE, PAGE, CR_STORES, "pages are in no image");
	begin_good();
	add_parent(3 * PAGE);
	add_memory(1);
	add_pages(4 * PAGE, 3 * PAGE)->source = CR_STORES;
	is_str(verdict(), "good");
	is(image.parent_count, 1);
	begin_good();
	add_parent(3 * PAGE);
	add_memory(1);
	add_pages(4 * PAGE, 4 * PAGE)->source = CR_STORES;
	is_str(verdict(), "pages are not in 'pages.img'");
	/* A file of nothing. */
	begin_good();
	add_parent(3 * PAGE);
	add_memory(1);
	add_pages(4 * PAGE, PAGE)->source = CR_STORES + 1;
	is_str(verdict(), "pages are not in 'pages.img'");
	begin_good();
	for (int i = 0; i <= CR_PARENTS_MAX; i++)
		add_parent(PAGE);
	is_str(verdict(), "it builds on too many others");
	begin_good();
	add_memory(2);
	is_str(verdict(), "memory belongs to nobody");
	begin_good();
	add_pages(4 * PAGE, PAGE);
	is_str(verdict(), "pages belong to nobody");
	begin();
	add_process(1, 0);
	add_vma(8 * PAGE, 9 * PAGE);
	add_vma(4 * PAGE, 5 * PAGE);
	is_str(verdict(), "a range of memory is impossible");
	begin();
	add_process(1, 0);
	add_vma(8 * PAGE, 8 * PAGE);
	is_str(verdict(), "a range of memory is impossible");
}

static void test_records(void)
{
	struct cr_entry *e;
	struct cr_record *r;
	struct cr_action *a;

	begin_good();
	cr_add(&image, CR_PROCESS, 8);
	is_str(verdict(), "a record is broken");
	begin_good();
	memset(cr_add(&image, CR_CWD, 4), 'x', 4);
	is_str(verdict(), "a record is broken");
	begin_good();
	r = (struct cr_record *)cr_add(&image, CR_GROUPS, 8) - 1;
	r->length = 1U << 30;
	is_str(verdict(), "a record is broken");
	begin_good();
	r = (struct cr_record *)cr_add(&image, CR_GROUPS, 8) - 1;
	r->type = CR_TYPES;
	is_str(verdict(), "a record is broken");
	begin();
	add_vma(PAGE, 2 * PAGE);
	is_str(verdict(), "a record is in the wrong place");
	begin_good();
	a = cr_add(&image, CR_ACTION, sizeof(*a));
	a->number = 65;
	is_str(verdict(), "there is no such signal");
	begin_good();
	e = cr_add(&image, CR_ENTRY, sizeof(*e) + 2);
	e->mode = S_IFREG;
	e->size = 17UL * PAGE;
	is_str(verdict(), "a file is not in 'pages.img'");
	begin_good();
	cr_add(&image, CR_ENTRY, sizeof(*e) + 1);
	is_str(verdict(), "a record is broken");
	begin_good();
	is_str(cr_image_check(&image) ? "bad" : "good", "bad");
	begin_good();
	cr_add(&image, CR_END, 0);
	add_file(CR_PATH, "/y");
	is_str(cr_image_check(&image), "it ends too early");
}

static struct cr_ipc *add_ipc(enum cr_ipc_kind kind, size_t more)
{
	struct cr_ipc *ipc = cr_add(&image, CR_IPC, sizeof(*ipc) + more);

	ipc->kind = kind;
	return ipc;
}

static void test_kept(void)
{
	struct cr_timer *t;
	struct cr_lock *l;
	struct cr_watch *w;
	struct cr_message *m;
	struct cr_vma *v;

	begin_good();
	cr_add(&image, CR_TIMER, sizeof(*t));
	is_str(verdict(), "good");
	begin_good();
	t = cr_add(&image, CR_TIMER, sizeof(*t));
	t->notify = 3;
	is_str(verdict(), "a timer is impossible");
	begin();
	cr_add(&image, CR_TIMER, sizeof(*t));
	is_str(verdict(), "a record is in the wrong place");
	begin_good();
	l = cr_add(&image, CR_LOCK, sizeof(*l));
	l->kind = CR_LOCK_KINDS;
	is_str(verdict(), "a lock is impossible");
	begin_good();
	w = cr_add(&image, CR_WATCH, sizeof(*w) + 1);
	w->file = 1;
	is_str(verdict(), "a file is missing");
	begin_good();
	add_ipc(CR_IPC_SHM, 0)->size = 17UL * PAGE;
	is_str(verdict(), "shared memory has no content");
	begin_good();
	add_ipc(CR_IPC_SEM, 6)->size = 4;
	is_str(verdict(), "shared memory has no content");
	begin_good();
	add_ipc(CR_IPC_SEM, 6)->size = 3;
	m = cr_add(&image, CR_MESSAGE, sizeof(*m));
	m->type = 1;
	is_str(verdict(), "a message is in no queue");
	begin_good();
	add_ipc(CR_IPC_KINDS, 0);
	is_str(verdict(), "shared memory or messages are of no known kind");
	begin();
	add_process(1, 0);
	v = add_vma(PAGE, 2 * PAGE);
	v->kind = CR_SYSV;
	v->flags = CR_SHARED;
	v->file = 7;
	add_thread(1);
	is_str(verdict(), "a file is missing");
	begin();
	add_process(1, 0);
	add_vma(PAGE, 2 * PAGE)->kind = CR_SYSV;
	is_str(verdict(), "a range of memory is impossible");
}

static struct cr_socket *add_socket(uint32_t file)
{
	struct cr_socket *s;

	add_file(CR_OF_SOCKET, "");
	s = cr_add(&image, CR_SOCKET, sizeof(*s) + 1);
	s->file = file;
	s->family = AF_UNIX;
	s->peer = CR_NOBODY;
	return s;
}

static struct cr_letter *add_message(uint32_t fds, size_t size)
{
	struct cr_letter *m =
		cr_add(&image, CR_LETTER, sizeof(*m) + 4UL * fds + size);

	m->file = 1;
	m->sender = CR_NOBODY;
	m->fd_count = fds;
	return m;
}

static void test_connections(void)
{
	struct cr_tcp *t;
	struct cr_link *l;
	struct nlmsghdr *r;

	begin_good();
	add_socket(1)->flags = CR_CONNECTED;
	t = cr_add(&image, CR_TCP, sizeof(*t) + 5);
	t->file = 1;
	t->in_size = 2;
	t->out_size = t->unsent = 3;
	is_str(verdict(), "good");
	t->file = 0;
	is_str(cr_image_check(&image), "a socket is missing");
	t->file = 1;
	t->unsent = 4;
	is_str(cr_image_check(&image), "a connection is broken");
	t->unsent = 0;
	t->out_size = 4;
	is_str(cr_image_check(&image), "a connection is broken");
	begin_good();
	add_socket(1);
	t = cr_add(&image, CR_TCP, sizeof(*t));
	t->file = 1;
	is_str(verdict(), "a socket is missing");
	begin_good();
	r = cr_add(&image, CR_ROUTE, sizeof(*r) + 8);
	r->nlmsg_len = sizeof(*r) + 8;
	r->nlmsg_type = RTM_NEWROUTE;
	is_str(verdict(), "good");
	r->nlmsg_type = RTM_NEWLINK;
	is_str(cr_image_check(&image), "a route is broken");
	r->nlmsg_type = RTM_NEWADDR;
	r->nlmsg_len++;
	is_str(cr_image_check(&image), "a route is broken");
	begin_good();
	l = cr_add(&image, CR_LINK, sizeof(*l));
	memset(l->kept, 'x', sizeof(l->kept));
	is_str(verdict(), "a name does not end");
}

static void test_sockets(void)
{
	static const uint8_t path[] = { AF_UNIX, 0, '/', 'x', 0 };
	struct cr_socket *s;
	struct cr_option *o;

	begin_good();
	s = add_socket(1);
	memcpy(s->name, path, sizeof(path));
	s->name_size = sizeof(path);
	add_message(1, 5)->fds[0] = 0;
	add_socket(2)->peer = 1;
	is_str(verdict(), "good");
	begin_good();
	add_file(CR_OF_SOCKET, "");
	is_str(verdict(), "a socket is missing");
	begin_good();
	add_socket(0);
	is_str(verdict(), "a socket is of no file");
	begin_good();
	add_socket(1)->peer = 2;
	is_str(verdict(), "a socket is missing");
	begin_good();
	add_socket(1)->peer = 2;
	add_socket(2)->type = 7;
	is_str(verdict(), "a socket is missing");
	begin_good();
	s = add_socket(1);
	memcpy(s->name, path, sizeof(path));
	s->name_size = sizeof(path) - 1;
	is_str(verdict(), "a socket has an impossible name");
	begin_good();
	s = add_socket(1);
	s->peer_name_size = sizeof(s->peer_name) + 1;
	is_str(verdict(), "a socket has an impossible name");
	begin_good();
	add_socket(1);
	add_message(1, 5)->fds[0] = 9;
	is_str(verdict(), "a socket is missing");
	begin_good();
	add_socket(1);
	add_message(2, 0)->fd_count = 3;
	is_str(verdict(), "a message is broken");
	begin_good();
	add_message(0, 4)->file = 0;
	is_str(verdict(), "a socket is missing");
	begin_good();
	add_socket(1);
	o = cr_add(&image, CR_OPTION, sizeof(*o) + 4);
	o->file = o->row = 1;
	is_str(verdict(), "good");
	begin_good();
	add_socket(1);
	o = cr_add(&image, CR_OPTION, sizeof(*o) + 8);
	o->file = o->row = 1;
	is_str(verdict(), "a socket has an option that nobody knows");
	begin_good();
	o = cr_add(&image, CR_OPTION, sizeof(*o) + 4);
	o->row = 1;
	is_str(verdict(), "a socket is missing");
}

static void test_walks(void)
{
	const struct cr_process *p;
	const struct cr_thread *t;
	int count = 0;

	begin_good();
	add_thread(2);
	add_process(9, 1);
	add_thread(9);
	is_str(verdict(), "good");
	p = cr_only(&image, CR_PROCESS);
	cr_each (t, &image, p, CR_THREAD, CR_OF_PROCESS)
		count++;
	is(count, 2);
	cr_each (p, &image, NULL, CR_PROCESS, 0)
		count++;
	is(count, 4);
}

static void test_proc(void)
{
	static const char text[] = "Name:\tx\nNSpid:\t100\t7\nSigQ:\t0/5\n"
				   "SigCgt:\t00000000000000ff\n";
	char maps[] = "00400000-00401000 r-xp 00002000 fe:0a 77   /bin/a b\n"
		      "Size:   4 kB\nVmFlags: rd ex gd \n"
		      "7f00-8f00 rw-s 00000000 00:00 0 \nVmFlags: rd wr \n";
	char bare[] = "1000-2000 r--p 00000000 00:00 0 \n"
		      "3000-4000 rw-p 00000000 00:00 0    [stack]\n";
	char *at = maps;
	struct cr_range r;
	unsigned int depth;

	is(cr_inner(text, "NSpid", &depth), 7);
	is(depth, 2);
	is(cr_number(text, "SigCgt", 16), 255);
	is(cr_number(text, "Cgt", 16), 0);
	ok(cr_next_range(&at, &r));
	is(r.start, 0x400000);
	is(r.end, 0x401000);
	is(r.offset, 0x2000);
	is(r.major, 0xfe);
	is(r.minor, 10);
	is(r.inode, 77);
	is(r.prot, 5);
	ok(!r.shared);
	is_str(r.path, "/bin/a b");
	ok(strstr(r.flags, " gd"));
	ok(cr_next_range(&at, &r));
	ok(r.shared);
	is_str(r.path, "");
	ok(!cr_next_range(&at, &r));
	at = bare;
	ok(cr_next_range(&at, &r));
	is(r.start, 0x1000);
	is_str(r.flags, "");
	ok(cr_next_range(&at, &r));
	is(r.end, 0x4000);
	is_str(r.path, "[stack]");
	ok(!cr_next_range(&at, &r));
}

int main(void)
{
	test_trees();
	test_indexes();
	test_memory();
	test_guards();
	test_records();
	test_kept();
	test_sockets();
	test_connections();
	test_walks();
	test_proc();
	return done();
}
