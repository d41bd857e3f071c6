/* cr_open.c - the open files of an image are opened again */
#include "cr_open.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/report.h"
#include "cr_blob.h"
#include "cr_events.h"
#include "cr_inotify.h"
#include "cr_mqueue.h"
#include "cr_pipe.h"
#include "cr_socket.h"
#include "cr_tty.h"

enum { SPARE = 64 };

static bool strictly; /* files have to be what they were */

/* The numbers above all others need room; each process gets its own limit
 * later. */
static void raise_limit(const struct cr_places *at)
{
	struct rlimit limit;
	rlim_t need = (rlim_t)at->last + SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("cannot read the limit of open files");
	if (limit.rlim_cur >= need)
		return;
	limit.rlim_cur = need;
	if (limit.rlim_max < need)
		limit.rlim_max = need;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("cannot open as many files as the image has");
}

static bool is_changed(const struct cr_file *f, const struct stat *st)
{
	return (uint64_t)st->st_size != f->size ||
	       (uint64_t)st->st_mtim.tv_sec * 1000000000 +
			       (uint64_t)st->st_mtim.tv_nsec !=
		       f->id;
}

static int open_path(const struct cr_file *f)
{
	int fd = openat(AT_FDCWD, f->path, cr_open_flags(f));
	struct stat st;

	if (fd < 0)
		die("cannot open '%s' again", f->path);
	if (f->flags & O_PATH || !f->mode)
		return fd;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != (f->mode & S_IFMT))
		diex("cannot restore the open file '%s': it is of another kind now",
		     f->path);
	if (S_ISREG(st.st_mode) && is_changed(f, &st)) {
		if (strictly)
			diex("cannot restore '%s': it has changed since it was saved (--strict-files)",
			     f->path);
		warnx("!'%s' has changed since it was saved", f->path);
	}
	if (f->position && lseek(fd, (off_t)f->position, SEEK_SET) < 0)
		die("cannot go on in '%s' where it was", f->path);
	return fd;
}

static void open_one(const struct cr_image *image, size_t i,
		     const struct cr_places *at)
{
	const struct cr_file *f = image->files[i];
	int fd = -1;

	switch ((enum cr_file_kind)f->kind) {
	case CR_PATH:
		fd = open_path(f);
		break;
	case CR_EXTERNAL:
		fd = dup(at->caller + (int)f->role);
		break;
	case CR_PIPE:
		cr_pipe_restore(image, i, at->files);
		return;
	case CR_PTMX:
		fd = dup(cr_tty_master(image, at->masters, f->id));
		cr_set_flags(fd, f->flags);
		break;
	case CR_SIGNALFD:
		fd = (int)syscall(SYS_signalfd4, -1, &f->id, sizeof(f->id),
				  f->flags & O_NONBLOCK);
		break;
	case CR_EVENTFD:
		fd = eventfd((unsigned int)f->id,
			     (int)(f->flags & O_NONBLOCK) |
				     (f->role ? EFD_SEMAPHORE : 0));
		break;
	case CR_EPOLL:
		fd = epoll_create1(0);
		break;
	case CR_TIMERFD:
		fd = cr_timer_open(image, (uint32_t)i,
				   (int)(f->flags & O_NONBLOCK));
		break;
	case CR_OF_SOCKET:
		return; /* when all others are there */
	case CR_BLOB:
		fd = cr_blob_open(image, f);
		break;
	case CR_OF_BLOB:
		fd = cr_blob_reopen(f, at->files + (int)f->id);
		break;
	case CR_INOTIFY:
		fd = cr_inotify_open(image, (uint32_t)i, (int)f->flags);
		break;
	case CR_MQUEUE:
		fd = cr_mqueue_open(f);
		break;
	case CR_PIDFD:
		return; /* when all are there: cr_task.c */
	case CR_FILE_KINDS:
		break;
	}
	if (fd < 0)
		die("cannot restore open file %zu", i);
	cr_give(fd, at->files + (int)i);
}

void cr_open_files(const struct cr_image *image, const struct cr_places *at,
		   int control, bool strict)
{
	strictly = strict;
	raise_limit(at);
	for (int fd = 0; fd < CR_CALLER_FDS; fd++)
		cr_put(fd, at->caller + fd);
	cr_put(control, at->control);
	for (size_t i = 0; i < image->store_count; i++)
		if (image->stores[i].length)
			cr_put(image->pages[0] + (int)i, at->pages + (int)i);
	cr_tty_restore(image, at->masters);
	for (size_t i = 0; i < image->file_count; i++)
		open_one(image, i, at);
	cr_sockets_restore(image, at);
}
