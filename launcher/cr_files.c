/* cr_files.c - the open files of a container, into an image */
#include "cr_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/major.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_blob.h"
#include "cr_events.h"
#include "cr_inotify.h"
#include "cr_known.h"
#include "cr_locks.h"
#include "cr_mqueue.h"
#include "cr_obstacle.h"
#include "cr_outside.h"
#include "cr_pidfd.h"
#include "cr_pipe.h"
#include "cr_proc.h"
#include "cr_seize.h"
#include "cr_socket.h"
#include "cr_tty.h"

enum { PTMX_MINOR = 2 };

int cr_files_begin(struct cr_image *image, const struct cr_seized *s,
		   pid_t launcher, bool content)
{
	cr_known_begin(image, content);
	cr_sockets_begin(s, content);
	return cr_outside_begin(s, launcher);
}

/* By what it is known again. */
static void describe(struct cr_file *f, const struct stat *st)
{
	f->mode = st->st_mode;
	f->size = (uint64_t)st->st_size;
	f->id = (uint64_t)st->st_mtim.tv_sec * 1000000000 +
		(uint64_t)st->st_mtim.tv_nsec;
}

int cr_files_name(struct cr_image *image, const struct cr_held *p,
		  const char *link, unsigned int flags)
{
	char path[PATH_MAX], name[80];
	struct cr_known k = { .kind = CR_PATH, .flags = flags };
	struct cr_file *f;
	struct stat st;
	int found;

	if (cr_proc_link(p->pid, link, path, sizeof(path)) < 0)
		return cr_fail_read(p, link);
	if (cr_is_deleted(path))
		return cr_blob_dump(image, p, link, path, flags & O_RDWR);
	k.name = cr_known_name(path);
	found = cr_known_find(&k);
	if (found >= 0)
		return found;
	f = cr_known_add(image, &k, path);
	snprintf(name, sizeof(name), "/proc/%d/%s", p->pid, link);
	if (f && stat(name, &st) == 0)
		describe(f, &st);
	return f ? cr_known_last() : -1;
}

static int add_socket(struct cr_image *image, const struct cr_open *o,
		      const struct cr_known *k)
{
	struct cr_file *f = cr_known_add(image, k, "");

	return f ? cr_socket_dump(image, o->p, o->fd, (uint32_t)cr_known_last())
		 : -1;
}

/* Which kind it is, by where it leads to. */
static const struct {
	const char *link;
	enum cr_file_kind kind;
	const char *key; /* of fdinfo: what goes into id */
} kinds[] = {
	{ "pipe:", CR_PIPE, NULL },
	{ "socket:", CR_OF_SOCKET, NULL },
	{ "anon_inode:[signalfd]", CR_SIGNALFD, "sigmask" },
	{ "anon_inode:[eventfd]", CR_EVENTFD, "eventfd-count" },
	{ "anon_inode:[eventpoll]", CR_EPOLL, NULL },
	{ "anon_inode:[timerfd]", CR_TIMERFD, NULL },
	{ "anon_inode:inotify", CR_INOTIFY, NULL },
	{ "anon_inode:[pidfd]", CR_PIDFD, NULL },
	{ "pidfd:", CR_PIDFD, NULL },
	{ "/", CR_PATH, NULL },
};

static int add_master(struct cr_image *image, const struct cr_open *o,
		      struct cr_known *k)
{
	struct cr_file *f;

	k->kind = CR_PTMX;
	f = cr_known_add(image, k, "");
	if (f)
		f->id = cr_number(o->info, "tty-index", 10);
	return f ? 0 : -1;
}

/* /dev/tty is another one for each session: the name of what it was for this. */
static const char *terminal_name(const struct cr_open *o, const struct stat *st)
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
static int add_path(struct cr_image *image, const struct cr_open *o,
		    struct cr_known *k)
{
	char link[32], name[64];
	struct cr_file *f;
	struct stat st;
	int blob;

	snprintf(link, sizeof(link), "fd/%d", o->fd);
	snprintf(name, sizeof(name), "/proc/%d/%s", o->p->pid, link);
	if (stat(name, &st) < 0)
		return cr_fail_read(o->p, link) == -2 ? 1 : -1;
	if (cr_is_deleted(o->link) && st.st_nlink == 0) {
		blob = cr_blob_dump(image, o->p, link, o->link, false);
		if (blob < 0)
			return blob == -2 ? 1 : -1;
		k->kind = CR_OF_BLOB;
		f = cr_known_add(image, k, "");
		if (f)
			f->id = (uint64_t)blob;
		return f ? 0 : -1;
	}
	if (cr_is_mqueue(name) && !cr_is_deleted(o->link)) {
		k->kind = CR_MQUEUE;
		return cr_known_add(image, k, o->link) ? 0 : -1;
	}
	if (!cr_is_inside(cr_number(o->info, "mnt_id", 10)))
		return cr_obstacle(o->p, "fd %d is '%s' outside of it", o->fd,
				   o->link) < 0
			       ? -1
			       : 1;
	if (S_ISFIFO(st.st_mode)) {
		k->kind = CR_PIPE;
		return cr_pipe_dump(image, o, k, o->link);
	}
	if (S_ISCHR(st.st_mode) && major(st.st_rdev) == TTYAUX_MAJOR &&
	    minor(st.st_rdev) == PTMX_MINOR)
		return add_master(image, o, k);
	f = cr_known_add(image, k, terminal_name(o, &st));
	if (!f)
		return -1;
	describe(f, &st);
	return 0;
}

/* 1: it has been told that it cannot be; -1: reported. */
static int add_new(struct cr_image *image, const struct cr_open *o,
		   struct cr_known *k, const char *key)
{
	struct cr_file *f;

	if (k->kind == CR_PATH)
		return add_path(image, o, k);
	if (k->kind == CR_PIPE)
		return cr_pipe_dump(image, o, k, "");
	if (k->kind == CR_OF_SOCKET)
		return add_socket(image, o, k);
	if (k->kind == CR_PIDFD)
		return cr_pidfd_dump(image, o, k);
	f = cr_known_add(image, k, "");
	if (!f)
		return -1;
	if (k->kind == CR_INOTIFY)
		return cr_inotify_dump(image, o, (uint32_t)cr_known_last());
	if (k->kind == CR_EPOLL)
		cr_epoll_dump(image, (uint32_t)cr_known_last(), o->info);
	if (k->kind == CR_TIMERFD)
		cr_timer_dump(image, (uint32_t)cr_known_last(), o->info);
	if (!key)
		return 0;
	f->id = cr_number(o->info, key, 16);
	f->role = (uint32_t)cr_number(o->info, "eventfd-semaphore", 10);
	return 0;
}

static int add_outside_file(struct cr_image *image, uint32_t role)
{
	struct cr_known k = { .name = role, .kind = CR_EXTERNAL };
	struct cr_file *f;
	int found = cr_known_find(&k);

	if (found >= 0)
		return found;
	f = cr_known_add(image, &k, "");
	if (f)
		f->role = role;
	return f ? cr_known_last() : -1;
}

/* What a path may turn out to be. */
static const enum cr_file_kind became[] = { CR_OF_BLOB, CR_PTMX, CR_PIPE,
					    CR_MQUEUE };

/* The number of the FILE that an fd is; -2: it has been told that it cannot
 * be. */
static int add_open(struct cr_image *image, const struct cr_open *o)
{
	struct cr_known k = {
		.name = cr_known_name(o->link),
		.position = cr_number(o->info, "pos", 10),
		.flags = (uint32_t)cr_number(o->info, "flags", 8),
		.pid = o->p->pid,
		.fd = o->fd,
	};
	bool outside = !cr_is_inside(cr_number(o->info, "mnt_id", 10));
	int found, role = outside ? cr_outside_role(o->link, o->fd) : -1;
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
	found = cr_known_find(&k);
	for (size_t n = 0; found < 0 && k.kind == CR_PATH && n < COUNT(became);
	     n++) {
		struct cr_known other = k;

		other.kind = became[n];
		found = cr_known_find(&other);
	}
	if (found >= 0)
		return found;
	found = add_new(image, o, &k, kinds[i].key);
	if (found != 0)
		return found < 0 ? -1 : -2;
	return cr_known_last();
}

/* A slave that was opened by its master says so of itself, too, and of each of its
 * fds: then nobody outside can tell.  A terminal's 0 to 2 outlive an exec. */
static bool is_closed_by_exec(const struct cr_open *o)
{
	autofd int copy = -1;

	if (!(cr_number(o->info, "flags", 8) & O_CLOEXEC))
		return false;
	if (o->fd > 2 || !starts_with(o->link, "/dev/pts/"))
		return true;
	copy = cr_open_copy(o);
	return copy >= 0 && !(fcntl(copy, F_GETFL) & O_CLOEXEC);
}

/* The number of the FILE; -2: it has been told, or is gone. */
static int add_fd(struct cr_image *image, struct cr_open *o)
{
	char name[48];

	snprintf(name, sizeof(name), "fd/%d", o->fd);
	if (cr_proc_link(o->p->pid, name, o->link, sizeof(o->link)) < 0)
		return cr_fail_read(o->p, name);
	snprintf(name, sizeof(name), "fdinfo/%d", o->fd);
	if (cr_proc_read(o->p->pid, name, o->info, sizeof(o->info)) < 0)
		return cr_fail_read(o->p, name);
	return add_open(image, o);
}

static int dump_fd(struct cr_image *image, struct cr_open *o)
{
	int file = add_fd(image, o);
	struct cr_fd *record;

	if (file < 0)
		return file == -2 ? 0 : -1;
	record = cr_add(image, CR_FD, sizeof(*record));
	record->fd = o->fd;
	record->file = file;
	record->cloexec = is_closed_by_exec(o);
	/* Of the launcher's own we know nothing. */
	if (cr_known_file(file)->kind == CR_EXTERNAL)
		return 0;
	return cr_locks_dump(image, o) == -1 ? -1 : 0;
}

int cr_files_add(struct cr_image *image, const struct cr_held *p, int fd)
{
	static struct cr_open o; /* large */
	struct cr_held ours = *p;
	autofd int pidfd = sys_pidfd_open(getpid());
	int file;

	ours.pid = getpid();
	o.p = &ours;
	o.pidfd = pidfd;
	o.fd = fd;
	file = add_fd(image, &o);
	return file < 0 ? -1 : file;
}

int cr_files_dump(struct cr_image *image, const struct cr_held *p)
{
	static struct cr_open o; /* large */
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
		return cr_fail_read(p, "fd") == -2 ? 0 : -1;
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
