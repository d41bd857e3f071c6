/* cr_files.c - the open files of a container, into an image */
#include "cr_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/kcmp.h>
#include <linux/major.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_events.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_seize.h"
#include "cr_tty.h"

enum {
	PTMX_MINOR = 2,
	MOUNTS_MAX = 1024,
	OUTSIDE_MAX = 256,
	LINK_MAX_BYTES = 96,
	PIPE_MAX = 1 << 20,
};

static uint64_t mounts[MOUNTS_MAX];
static size_t mount_count;

/* What is open outside: where it leads, and to which of 0-2 inside. */
static struct outside {
	char link[LINK_MAX_BYTES];
	uint32_t fd, role;
} outsides[OUTSIDE_MAX];
static size_t outside_count;

/* The FILEs there are. */
static struct known {
	uint64_t name; /* a sum of where it leads */
	uint64_t position;
	pid_t pid; /* whose fd it is; 0: known by its name alone */
	int fd;
	uint32_t flags;
	enum cr_file_kind kind;
	struct cr_file *file;
} known[CR_FILES_MAX];
static size_t known_count;

static bool with_content; /* else only to see whether it can be done */

/* What cannot be read: while everything still runs it may just be gone. */
static int fail_read(const struct cr_held *p, const char *what)
{
	if (!with_content)
		return -2;
	return fail("cannot read '/proc/%d/%s'", p->pid, what);
}

static uint64_t sum_text(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

static int read_mounts(pid_t init)
{
	static char text[1 << 18];
	char *line = text, *next;

	if (cr_proc_read(init, "mountinfo", text, sizeof(text)) < 0)
		return fail("cannot read the mounts of the container");
	for (mount_count = 0; line && mount_count < MOUNTS_MAX; line = next) {
		const char *at = line;

		next = split_at(line, '\n');
		if (cr_scan(&at, 10, mounts + mount_count))
			mount_count++;
	}
	return 0;
}

bool cr_files_is_inside(uint64_t mount)
{
	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i] == mount)
			return true;
	return false;
}

/* Above 2 there is only what a detached container writes to. */
static void add_outside(pid_t pid)
{
	const struct dirent *entry;
	char path[32];
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	list = opendir(path);
	while (list && (entry = readdir(list)) && outside_count < OUTSIDE_MAX) {
		struct outside *o = outsides + outside_count;
		char name[32];
		uint64_t fd;

		if (parse_uint(entry->d_name, INT_MAX, &fd) < 0 ||
		    format(name, sizeof(name), "fd/%s", entry->d_name) < 0 ||
		    cr_proc_link(pid, name, o->link, sizeof(o->link)) < 0)
			continue;
		if (fd > 2 && !starts_with(o->link, "pipe:"))
			continue;
		o->fd = (uint32_t)fd;
		o->role = fd > 2 ? 1 : (uint32_t)fd;
		outside_count++;
	}
	if (list)
		closedir(list);
}

int cr_files_begin(struct cr_image *image, const struct cr_seized *s,
		   pid_t launcher, bool content)
{
	with_content = content;
	outside_count = known_count = image->file_count = 0;
	add_outside(launcher);
	for (size_t i = 1; i < s->process_count; i++) {
		char text[8192];
		pid_t parent;
		bool inside = false;

		if (s->processes[i].parent != 1 ||
		    cr_proc_read(s->processes[i].pid, "status", text,
				 sizeof(text)) < 0)
			continue;
		parent = (pid_t)cr_number(text, "PPid", 10);
		for (size_t k = 0; k < s->process_count; k++)
			inside |= s->processes[k].pid == parent;
		if (!inside)
			add_outside(parent);
	}
	return read_mounts(s->processes[0].pid);
}

/* -1: it is nobody's outside. */
static int role_of(const char *link, int fd)
{
	int role = -1;

	for (size_t i = 0; i < outside_count; i++) {
		if (strcmp(outsides[i].link, link) != 0)
			continue;
		if (outsides[i].fd == (uint32_t)fd)
			return (int)outsides[i].role;
		if (role < 0)
			role = (int)outsides[i].role;
	}
	return role;
}

/* The number of a FILE that is the same, or -1. */
static int find_known(const struct known *k)
{
	for (size_t i = 0; i < known_count; i++) {
		const struct known *o = known + i;

		if (o->name != k->name || o->flags != k->flags ||
		    o->kind != k->kind || o->position != k->position ||
		    (o->pid == 0) != (k->pid == 0))
			continue;
		if (k->pid == 0 || syscall(SYS_kcmp, o->pid, k->pid, KCMP_FILE,
					   o->fd, k->fd) == 0)
			return (int)i;
	}
	return -1;
}

/* NULL and reported when there are too many. */
static struct cr_file *add_file(struct cr_image *image, const struct known *k,
				const char *path)
{
	size_t size = strlen(path) + 1;
	struct cr_file *f;

	if (known_count == CR_FILES_MAX) {
		failx("cannot checkpoint more than %d open files",
		      CR_FILES_MAX);
		return NULL;
	}
	f = cr_add(image, CR_FILE, sizeof(*f) + size);
	f->kind = k->kind;
	f->flags = k->flags;
	f->position = k->position;
	memcpy(f->path, path, size);
	known[known_count] = *k;
	known[known_count++].file = f;
	image->file_count = known_count;
	return f;
}

/* The file at a link of /proc that has no name any more: the number of its
 * blob. */
static int add_blob(struct cr_image *image, const struct cr_held *p,
		    const char *link, const char *path, bool writes)
{
	struct known k = { .kind = CR_BLOB };
	autofd int fd = -1;
	char name[80], id[64];
	struct cr_file *f;
	struct stat st;
	int64_t offset;
	int found;

	snprintf(name, sizeof(name), "/proc/%d/%s", p->pid, link);
	fd = openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return cr_obstacle(p, "'%s' has no name any more", path) < 0
			       ? -1
			       : -2;
	snprintf(id, sizeof(id), "%llx:%llx", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	k.name = sum_text(id);
	found = find_known(&k);
	if (found >= 0) {
		known[found].file->flags |= writes ? O_RDWR : 0;
		return found;
	}
	offset = with_content ? cr_write_file(image, fd, (uint64_t)st.st_size)
			      : 0;
	if (offset < 0)
		return fail("cannot save the content of '%s'", path);
	path = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (starts_with(path, "memfd:"))
		path += strlen("memfd:");
	f = add_file(image, &k, path);
	if (!f)
		return -1;
	f->flags = writes ? O_RDWR : O_RDONLY;
	f->id = (uint64_t)offset;
	f->size = (uint64_t)st.st_size;
	f->mode = st.st_mode;
	return (int)known_count - 1;
}

static bool is_deleted(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(path);

	return len >= sizeof(mark) - 1 &&
	       strcmp(path + len - (sizeof(mark) - 1), mark) == 0;
}

int cr_files_name(struct cr_image *image, const struct cr_held *p,
		  const char *link, unsigned int flags)
{
	char path[PATH_MAX];
	struct known k = { .kind = CR_PATH, .flags = flags };
	int found;

	if (cr_proc_link(p->pid, link, path, sizeof(path)) < 0)
		return fail_read(p, link);
	if (is_deleted(path))
		return add_blob(image, p, link, path, flags & O_RDWR);
	k.name = sum_text(path);
	found = find_known(&k);
	if (found >= 0)
		return found;
	return add_file(image, &k, path) ? (int)known_count - 1 : -1;
}

/* What is open, of one fd. */
struct open_fd {
	const struct cr_held *p;
	int fd;
	int pidfd;
	char link[PATH_MAX];
	char info[8192]; /* of fdinfo */
};

static int copy_fd(const struct open_fd *o)
{
	return (int)syscall(SYS_pidfd_getfd, o->pidfd, o->fd, 0);
}

/* By another open of it: its own may be the end for writing. */
static int save_pipe(struct cr_image *image, const struct open_fd *o,
		     struct cr_file *f, uint32_t number)
{
	static char bytes[PIPE_MAX];
	autofd int in = -1, out = -1, pipe_end = -1;
	struct cr_data *data;
	char name[64];
	int ends[2], waiting = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", o->p->pid, o->fd);
	pipe_end = openat(AT_FDCWD, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe_end < 0 || ioctl(pipe_end, FIONREAD, &waiting) < 0)
		return fail("cannot read the pipe of process %d", o->p->inner);
	f->size = (uint64_t)fcntl(pipe_end, F_GETPIPE_SZ);
	if (waiting == 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail("cannot create a pipe");
	in = ends[0];
	out = ends[1];
	fcntl(out, F_SETPIPE_SZ, (int)f->size);
	if (tee(pipe_end, out, PIPE_MAX, SPLICE_F_NONBLOCK) != waiting)
		return failx("cannot read all that is in a pipe of process %d",
			     o->p->inner);
	n = read_all(in, bytes, (size_t)waiting);
	if (n != waiting)
		return fail("cannot read the pipe of process %d", o->p->inner);
	data = cr_add(image, CR_DATA, sizeof(*data) + (size_t)n);
	data->file = number;
	memcpy(data->bytes, bytes, (size_t)n);
	return 0;
}

/* Its content goes with the first of its ends. */
static bool is_first_end(const struct cr_image *image, uint64_t id)
{
	const struct cr_file *f;

	cr_each (f, image, NULL, CR_FILE, 0)
		if (f->kind == CR_PIPE && f->id == id)
			return false;
	return true;
}

static int add_pipe(struct cr_image *image, const struct open_fd *o,
		    const struct known *k, const char *path)
{
	uint64_t id = k->name;
	bool first = is_first_end(image, id);
	struct cr_file *f = add_file(image, k, path);
	uint32_t number = (uint32_t)known_count - 1;

	if (!f)
		return -1;
	f->id = id;
	f->mode = S_IFIFO;
	return first && with_content && save_pipe(image, o, f, number) < 0 ? -1
									   : 0;
}

static int add_listener(struct cr_image *image, const struct open_fd *o,
			const struct known *k)
{
	autofd int fd = copy_fd(o);
	struct sockaddr_un name = { .sun_family = 0 };
	socklen_t size = sizeof(name), word = sizeof(int);
	int type = 0, listening = 0;
	struct cr_file *f;

	if (fd < 0)
		return fail_read(o->p, "fd") == -2 ? 1 : -1;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &word);
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &word);
	if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 ||
	    name.sun_family != AF_UNIX || !listening || name.sun_path[0] != '/')
		return cr_obstacle(o->p, "fd %d is a socket", o->fd) < 0 ? -1
									 : 1;
	name.sun_path[sizeof(name.sun_path) - 1] = '\0';
	f = add_file(image, k, name.sun_path);
	if (!f)
		return -1;
	f->role = (uint32_t)type;
	return 0;
}

/* Which kind it is, by where it leads to. */
static const struct {
	const char *link;
	enum cr_file_kind kind;
	const char *key; /* of fdinfo: what goes into id */
} kinds[] = {
	{ "pipe:", CR_PIPE, NULL },
	{ "socket:", CR_LISTENER, NULL },
	{ "anon_inode:[signalfd]", CR_SIGNALFD, "sigmask" },
	{ "anon_inode:[eventfd]", CR_EVENTFD, "eventfd-count" },
	{ "anon_inode:[eventpoll]", CR_EPOLL, NULL },
	{ "anon_inode:[timerfd]", CR_TIMERFD, NULL },
	{ "/", CR_PATH, NULL },
};

static int add_master(struct cr_image *image, const struct open_fd *o,
		      struct known *k)
{
	struct cr_file *f;

	k->kind = CR_PTMX;
	f = add_file(image, k, "");
	if (f)
		f->id = cr_number(o->info, "tty-index", 10);
	return f ? 0 : -1;
}

/* /dev/tty is another one for each session: the name of what it was for this. */
static const char *terminal_name(const struct open_fd *o, const struct stat *st)
{
	static char name[32];
	uint64_t fields[CR_STAT_FIELDS];
	int32_t tty;

	if (!S_ISCHR(st->st_mode) || st->st_rdev != makedev(TTYAUX_MAJOR, 0) ||
	    cr_proc_stat(o->p->pid, fields) < 0)
		return o->link;
	tty = cr_tty_of(fields[7]);
	if (!tty)
		return o->link;
	snprintf(name, sizeof(name), "/dev/pts/%d", tty - 1);
	return name;
}

/* A file by its name; or one of outside, or one whose name is gone. */
static int add_path(struct cr_image *image, const struct open_fd *o,
		    struct known *k)
{
	char link[32], name[64];
	struct cr_file *f;
	struct stat st;
	int blob;

	snprintf(link, sizeof(link), "fd/%d", o->fd);
	snprintf(name, sizeof(name), "/proc/%d/%s", o->p->pid, link);
	if (stat(name, &st) < 0)
		return fail_read(o->p, link) == -2 ? 1 : -1;
	if (is_deleted(o->link) && st.st_nlink == 0) {
		blob = add_blob(image, o->p, link, o->link, false);
		if (blob < 0)
			return blob == -2 ? 1 : -1;
		k->kind = CR_OF_BLOB;
		f = add_file(image, k, "");
		if (f)
			f->id = (uint64_t)blob;
		return f ? 0 : -1;
	}
	if (!cr_files_is_inside(cr_number(o->info, "mnt_id", 10)))
		return cr_obstacle(o->p, "fd %d is '%s' outside of it", o->fd,
				   o->link) < 0
			       ? -1
			       : 1;
	if (S_ISFIFO(st.st_mode)) {
		k->kind = CR_PIPE;
		return add_pipe(image, o, k, o->link);
	}
	if (S_ISCHR(st.st_mode) && major(st.st_rdev) == TTYAUX_MAJOR &&
	    minor(st.st_rdev) == PTMX_MINOR)
		return add_master(image, o, k);
	f = add_file(image, k, terminal_name(o, &st));
	if (!f)
		return -1;
	f->mode = st.st_mode;
	f->size = (uint64_t)st.st_size;
	return 0;
}

/* 1: it has been told that it cannot be; -1: reported. */
static int add_new(struct cr_image *image, const struct open_fd *o,
		   struct known *k, const char *key)
{
	struct cr_file *f;

	if (k->kind == CR_PATH)
		return add_path(image, o, k);
	if (k->kind == CR_PIPE)
		return add_pipe(image, o, k, "");
	if (k->kind == CR_LISTENER)
		return add_listener(image, o, k);
	f = add_file(image, k, "");
	if (!f)
		return -1;
	if (k->kind == CR_EPOLL)
		cr_epoll_dump(image, (uint32_t)known_count - 1, o->info);
	if (k->kind == CR_TIMERFD)
		cr_timer_dump(image, (uint32_t)known_count - 1, o->info);
	if (!key)
		return 0;
	f->id = cr_number(o->info, key, 16);
	f->role = (uint32_t)cr_number(o->info, "eventfd-semaphore", 10);
	return 0;
}

static int add_outside_file(struct cr_image *image, uint32_t role)
{
	struct known k = { .name = role, .kind = CR_EXTERNAL };
	struct cr_file *f;
	int found = find_known(&k);

	if (found >= 0)
		return found;
	f = add_file(image, &k, "");
	if (f)
		f->role = role;
	return f ? (int)known_count - 1 : -1;
}

/* What a path may turn out to be. */
static const enum cr_file_kind became[] = { CR_OF_BLOB, CR_PTMX, CR_PIPE };

/* The number of the FILE that an fd is; -2: it has been told that it cannot
 * be. */
static int add_open(struct cr_image *image, const struct open_fd *o)
{
	struct known k = {
		.name = sum_text(o->link),
		.position = cr_number(o->info, "pos", 10),
		.flags = (uint32_t)cr_number(o->info, "flags", 8),
		.pid = o->p->pid,
		.fd = o->fd,
	};
	bool outside = !cr_files_is_inside(cr_number(o->info, "mnt_id", 10));
	int found, role = outside ? role_of(o->link, o->fd) : -1;
	size_t i = 0;

	if (role >= 0)
		return add_outside_file(image, (uint32_t)role);
	k.flags &= ~(uint32_t)O_CLOEXEC;
	while (i < COUNT(kinds) && !starts_with(o->link, kinds[i].link))
		i++;
	if (i == COUNT(kinds))
		return cr_obstacle(o->p, "fd %d is '%s'", o->fd, o->link) < 0
			       ? -1
			       : -2;
	k.kind = kinds[i].kind;
	found = find_known(&k);
	for (size_t n = 0; found < 0 && k.kind == CR_PATH && n < COUNT(became);
	     n++) {
		struct known other = k;

		other.kind = became[n];
		found = find_known(&other);
	}
	if (found >= 0)
		return found;
	found = add_new(image, o, &k, kinds[i].key);
	if (found != 0)
		return found < 0 ? -1 : -2;
	return (int)known_count - 1;
}

/* A slave that was opened by its master says so of itself, too, and of each of its
 * fds: then nobody outside can tell.  A terminal's 0 to 2 outlive an exec. */
static bool is_closed_by_exec(const struct open_fd *o)
{
	autofd int copy = -1;

	if (!(cr_number(o->info, "flags", 8) & O_CLOEXEC))
		return false;
	if (o->fd > 2 || !starts_with(o->link, "/dev/pts/"))
		return true;
	copy = copy_fd(o);
	return copy >= 0 && !(fcntl(copy, F_GETFL) & O_CLOEXEC);
}

static int dump_fd(struct cr_image *image, struct open_fd *o)
{
	char name[48];
	struct cr_fd *record;
	int file;

	snprintf(name, sizeof(name), "fd/%d", o->fd);
	if (cr_proc_link(o->p->pid, name, o->link, sizeof(o->link)) < 0)
		return fail_read(o->p, name) == -2 ? 0 : -1;
	snprintf(name, sizeof(name), "fdinfo/%d", o->fd);
	if (cr_proc_read(o->p->pid, name, o->info, sizeof(o->info)) < 0)
		return fail_read(o->p, name) == -2 ? 0 : -1;
	file = add_open(image, o);
	if (file < 0)
		return file == -2 ? 0 : -1;
	record = cr_add(image, CR_FD, sizeof(*record));
	record->fd = o->fd;
	record->file = file;
	record->cloexec = is_closed_by_exec(o);
	return 0;
}

int cr_files_dump(struct cr_image *image, const struct cr_held *p)
{
	static struct open_fd o; /* large */
	const struct dirent *entry;
	autofd int pidfd = sys_pidfd_open(p->pid);
	char path[32];
	int result = 0;
	DIR *list;

	o.p = p;
	o.pidfd = pidfd;
	snprintf(path, sizeof(path), "/proc/%d/fd", p->pid);
	list = opendir(path);
	if (!list)
		return fail_read(p, "fd") == -2 ? 0 : -1;
	while (result == 0 && (entry = readdir(list))) {
		uint64_t fd;

		if (parse_uint(entry->d_name, CR_FD_MAX - 1, &fd) < 0)
			continue;
		o.fd = (int)fd;
		result = dump_fd(image, &o);
	}
	closedir(list);
	return result;
}
