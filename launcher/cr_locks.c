/* cr_locks.c - locks of files, and who is told that a file is ready */
#include "cr_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_known.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_seize.h"

enum { WORDS = 8, OFD_SETLK = 37 /* F_OFD_SETLK */ };

/* As the kernel has it, with 64 bits. */
struct kernel_flock {
	int16_t type, whence;
	int64_t start, length;
	int32_t pid;
};

static const struct {
	const char *name;
	enum cr_lock_kind kind;
} kinds[] = {
	{ "FLOCK", CR_FLOCK },
	{ "POSIX", CR_POSIX },
	{ "OFDLCK", CR_OFD },
};

/* "1: POSIX  ADVISORY  WRITE 28262 fe:00:11509764 5 14": -2 if it is a lease. */
static int add_lock(struct cr_image *image, const struct cr_open *o,
		    const char *line)
{
	char text[128], *words[WORDS] = { NULL }, *rest = text;
	struct cr_lock *lock;
	const char *at;
	uint64_t end;
	size_t i = 0;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	for (size_t n = 0; n < COUNT(words); n++) {
		rest = rest ? rest + strspn(rest, " \t") : NULL;
		words[n] = rest ? rest : text + strlen(text);
		rest = rest ? split_at(rest, ' ') : NULL;
	}
	while (i < COUNT(kinds) && strcmp(words[1], kinds[i].name) != 0)
		i++;
	if (i == COUNT(kinds))
		return cr_obstacle(o->p, "fd %d has a lock of kind %s", o->fd,
				   words[1]) < 0
			       ? -1
			       : -2;
	lock = cr_add(image, CR_LOCK, sizeof(*lock));
	lock->fd = o->fd;
	lock->kind = kinds[i].kind;
	lock->shared = strcmp(words[3], "READ") == 0;
	at = words[6];
	cr_scan(&at, 10, &lock->start);
	at = words[7];
	if (cr_scan(&at, 10, &end)) /* and not "EOF" */
		lock->length = end + 1 - lock->start;
	return 0;
}

/* The kernel gives numbers as we count. */
static int32_t inner_pid(const struct f_owner_ex *owner)
{
	char text[8192];
	unsigned int depth;
	const char *key = owner->type == F_OWNER_PGRP ? "NSpgid" : "NSpid";

	if (cr_proc_read(owner->pid, "status", text, sizeof(text)) < 0)
		return 0;
	return cr_inner(text, key, &depth);
}

static void add_owner(struct cr_image *image, const struct cr_open *o)
{
	struct f_owner_ex owner = { 0 };
	struct cr_owner *record;
	autofd int fd = cr_open_copy(o);
	int signal = fcntl(fd, F_GETSIG);

	if (fd < 0 || signal < 0 || fcntl(fd, F_GETOWN_EX, &owner) < 0 ||
	    (!owner.pid && !signal))
		return;
	record = cr_add(image, CR_OWNER, sizeof(*record));
	record->fd = o->fd;
	record->type = owner.type;
	record->pid = owner.pid ? inner_pid(&owner) : 0;
	record->signal = signal;
	record->flags = (uint32_t)cr_number(o->info, "flags", 8);
}

int cr_locks_dump(struct cr_image *image, const struct cr_open *o)
{
	const char *at = o->info;

	while ((at = cr_field(at, "lock"))) {
		int result = add_lock(image, o, at);

		if (result != 0)
			return result;
	}
	add_owner(image, o);
	return 0;
}

static int lock_again(struct cr_remote *r, const struct cr_lock *l)
{
	const struct kernel_flock lock = {
		.type = l->shared ? F_RDLCK : F_WRLCK,
		.start = (int64_t)l->start,
		.length = (int64_t)l->length,
	};

	if (l->kind == CR_FLOCK)
		return (int)cr_call(r, SYS_flock, (uint64_t)l->fd,
				    (l->shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
	if (cr_poke(r->tid, r->scratch, &lock, sizeof(lock)) < 0)
		return -1;
	return (int)cr_call(r, SYS_fcntl, (uint64_t)l->fd,
			    l->kind == CR_OFD ? OFD_SETLK : F_SETLK,
			    r->scratch);
}

/* Whoever is gone by now is told nothing, as it was. */
static int own_again(struct cr_remote *r, const struct cr_owner *o)
{
	const int32_t words[] = { o->type, o->pid };

	if (cr_poke(r->tid, r->scratch, words, sizeof(words)) < 0)
		return -1;
	if (o->pid &&
	    cr_call(r, SYS_fcntl, (uint64_t)o->fd, F_SETOWN_EX, r->scratch) <
		    0 &&
	    errno != ESRCH)
		return -1;
	if (cr_call(r, SYS_fcntl, (uint64_t)o->fd, F_SETSIG,
		    (uint64_t)o->signal) < 0)
		return -1;
	return o->flags & O_ASYNC ? (int)cr_call(r, SYS_fcntl, (uint64_t)o->fd,
						 F_SETFL, o->flags)
				  : 0;
}

int cr_locks_restore(struct cr_remote *r, const struct cr_image *image,
		     const struct cr_process *p)
{
	const struct cr_lock *l;
	const struct cr_owner *o;

	cr_each (l, image, p, CR_LOCK, CR_OF_PROCESS)
		if (lock_again(r, l) < 0)
			return fail("cannot lock the file of fd %d of process "
				    "%d again",
				    l->fd, p->pid);
	cr_each (o, image, p, CR_OWNER, CR_OF_PROCESS)
		if (own_again(r, o) < 0)
			return fail(
				"cannot have process %d told of fd %d again",
				p->pid, o->fd);
	return 0;
}
