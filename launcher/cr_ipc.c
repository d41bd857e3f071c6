/* cr_ipc.c - System V's shared memory, semaphores and queues, into an image and back */
#include "cr_ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_proc.h"
#include "cr_steps.h"
#include "cr_store.h"

enum {
	PAGE = 4096,
	TABLE_MAX = 1 << 20,
	COLUMNS = 16,
	MESSAGE_MAX = 1 << 23,
	COPY = 040000, /* MSG_COPY */
	DESTROYED = 01000,
	LOCKED = 02000,
};

/* Where in a line of /proc/sysvipc is what. */
static const struct table {
	const char *path, *next_id;
	enum cr_ipc_kind kind;
	unsigned char size,
		uid; /* columns; gid, cuid and cgid are behind that */
} tables[] = {
	{ "/proc/sysvipc/shm", "sys/kernel/shm_next_id", CR_IPC_SHM, 3, 7 },
	{ "/proc/sysvipc/sem", "sys/kernel/sem_next_id", CR_IPC_SEM, 3, 4 },
	{ "/proc/sysvipc/msg", "sys/kernel/msg_next_id", CR_IPC_MSG, 3, 7 },
};

static char table[TABLE_MAX];

/* In octal digits "perms", in decimal ones all the others. */
static bool parse_line(const char *line, uint64_t columns[COLUMNS])
{
	size_t i = 0;

	for (; i < COLUMNS; i++) {
		const char *at = line + strspn(line, " ");
		bool negative = *at == '-'; /* a key of 32 bits */

		at += negative;
		if (!cr_scan(&at, i == 2 ? 8 : 10, &columns[i]))
			break;
		if (negative)
			columns[i] = -columns[i];
		line = at;
	}
	return i > 9;
}

static int dump_memory(struct cr_image *image, struct cr_ipc *ipc)
{
	const void *bytes = shmat(ipc->id, NULL, SHM_RDONLY);
	int64_t offset;

	if ((uintptr_t)bytes == UINTPTR_MAX)
		return -1;
	offset = cr_write_pages(image, 0, bytes, ipc->size);
	ipc->offset = (uint64_t)offset;
	return shmdt(bytes) < 0 || offset < 0 ? -1 : 0;
}

static int dump_messages(struct cr_image *image, struct cr_ipc *ipc)
{
	static struct {
		long type;
		char bytes[MESSAGE_MAX];
	} m;
	struct msqid_ds state;

	if (msgctl(ipc->id, IPC_STAT, &state) < 0)
		return -1;
	ipc->size = state.msg_qbytes;
	for (long i = 0;; i++) {
		ssize_t n = msgrcv(ipc->id, &m, sizeof(m.bytes), i,
				   COPY | IPC_NOWAIT);
		struct cr_message *record;

		if (n < 0)
			return errno == ENOMSG ? 0 : -1;
		record = cr_add(image, CR_MESSAGE, sizeof(*record) + (size_t)n);
		record->type = m.type;
		memcpy(record->bytes, m.bytes, (size_t)n);
	}
}

static int dump_one(struct cr_image *image, const struct table *t,
		    const uint64_t columns[COLUMNS])
{
	size_t values = t->kind == CR_IPC_SEM ? columns[t->size] : 0;
	struct cr_ipc *ipc =
		cr_add(image, CR_IPC, sizeof(*ipc) + values * sizeof(uint16_t));

	ipc->kind = t->kind;
	ipc->key = (uint32_t)columns[0];
	ipc->id = (int32_t)columns[1];
	ipc->mode = (uint32_t)columns[2];
	ipc->size = columns[t->size];
	ipc->uid = (uint32_t)columns[t->uid];
	ipc->gid = (uint32_t)columns[t->uid + 1];
	ipc->creator[0] = (uint32_t)columns[t->uid + 2];
	ipc->creator[1] = (uint32_t)columns[t->uid + 3];
	if (t->kind == CR_IPC_SHM)
		return dump_memory(image, ipc);
	if (t->kind == CR_IPC_MSG)
		return dump_messages(image, ipc);
	return semctl(ipc->id, 0, GETALL, ipc->values);
}

static int dump_table(struct cr_image *image, const struct table *t)
{
	uint64_t columns[COLUMNS];
	char *line;

	if (read_file_at(AT_FDCWD, t->path, table, sizeof(table)) < 0)
		return errno == ENOENT ? 0 : fail("cannot read '%s'", t->path);
	line = split_at(table, '\n'); /* the headings */
	while (line && *line) {
		char *next = split_at(line, '\n');

		if (parse_line(line, columns) &&
		    dump_one(image, t, columns) < 0)
			return fail("cannot save number %d of '%s'",
				    (int)columns[1], t->path);
		line = next;
	}
	return 0;
}

bool cr_ipc_is_own(pid_t init)
{
	char ours[64], theirs[64];

	return cr_proc_link(getpid(), "ns/ipc", ours, sizeof(ours)) > 0 &&
	       cr_proc_link(init, "ns/ipc", theirs, sizeof(theirs)) > 0 &&
	       strcmp(ours, theirs) != 0;
}

static int enter(pid_t init)
{
	char path[32];
	autofd int ns = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", init);
	ns = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	return ns < 0 ? -1 : setns(ns, CLONE_NEWIPC);
}

int cr_ipc_dump(struct cr_image *image, pid_t init)
{
	if (enter(init) < 0)
		return fail("cannot enter the ipc namespace of the container");
	for (size_t i = 0; i < COUNT(tables); i++)
		if (dump_table(image, tables + i) < 0)
			return -1;
	return 0;
}

static int make_memory(const struct cr_image *image, const struct cr_ipc *ipc)
{
	int id = shmget((key_t)ipc->key, ipc->size,
			IPC_CREAT | IPC_EXCL | (int)(ipc->mode & 0777));
	char *bytes = id == ipc->id ? shmat(id, NULL, 0) : NULL;
	uint64_t at = 0;

	if (!bytes || (uintptr_t)bytes == UINTPTR_MAX)
		return -1;
	while (at < ipc->size) {
		ssize_t n = pread(image->pages[0], bytes + at, ipc->size - at,
				  (off_t)(ipc->offset + at));

		if (n <= 0)
			return -1;
		at += (uint64_t)n;
	}
	if (ipc->mode & LOCKED)
		shmctl(id, SHM_LOCK, NULL);
	return shmdt(bytes);
}

static int make_semaphores(const struct cr_ipc *ipc)
{
	static uint16_t values[65536];
	int id = semget((key_t)ipc->key, (int)ipc->size,
			IPC_CREAT | IPC_EXCL | (int)(ipc->mode & 0777));

	if (id != ipc->id)
		return -1;
	memcpy(values, ipc->values, ipc->size * sizeof(*values));
	return semctl(id, 0, SETALL, values);
}

static int make_queue(const struct cr_image *image, const struct cr_ipc *ipc)
{
	static struct {
		long type;
		char bytes[MESSAGE_MAX];
	} copy;
	int id = msgget((key_t)ipc->key,
			IPC_CREAT | IPC_EXCL | (int)(ipc->mode & 0777));
	const struct cr_message *m;
	struct msqid_ds state;

	if (id != ipc->id || msgctl(id, IPC_STAT, &state) < 0)
		return -1;
	state.msg_qbytes = ipc->size;
	if (msgctl(id, IPC_SET, &state) < 0)
		return -1;
	cr_each (m, image, ipc, CR_MESSAGE, CR_STOP(CR_IPC)) {
		size_t size = cr_length(m) - sizeof(*m);

		if (size > sizeof(copy.bytes))
			return -1;
		copy.type = m->type;
		memcpy(copy.bytes, m->bytes, size);
		if (msgsnd(id, &copy, size, IPC_NOWAIT) < 0)
			return -1;
	}
	return 0;
}

/* The owner is its creator's to set: of all three in the same way. */
static int give_away(const struct cr_ipc *ipc)
{
	struct shmid_ds shm;
	struct semid_ds sem;
	struct msqid_ds msg;
	struct ipc_perm *const perms[] = { &shm.shm_perm, &sem.sem_perm,
					   &msg.msg_perm };
	struct ipc_perm *perm = perms[ipc->kind];

	if ((ipc->kind == CR_IPC_SHM   ? shmctl(ipc->id, IPC_STAT, &shm)
	     : ipc->kind == CR_IPC_SEM ? semctl(ipc->id, 0, IPC_STAT, &sem)
				       : msgctl(ipc->id, IPC_STAT, &msg)) < 0)
		return -1;
	perm->uid = ipc->uid;
	perm->gid = ipc->gid;
	return ipc->kind == CR_IPC_SHM   ? shmctl(ipc->id, IPC_SET, &shm)
	       : ipc->kind == CR_IPC_SEM ? semctl(ipc->id, 0, IPC_SET, &sem)
					 : msgctl(ipc->id, IPC_SET, &msg);
}

static int make_one(const struct cr_image *image, const struct cr_ipc *ipc)
{
	if (ipc->kind == CR_IPC_SHM)
		return make_memory(image, ipc);
	if (ipc->kind == CR_IPC_SEM)
		return make_semaphores(ipc);
	return make_queue(image, ipc);
}

/* As who has made it: that cannot be changed any more. */
static int make_as_creator(const struct cr_image *image,
			   const struct cr_ipc *ipc)
{
	const bool other = ipc->creator[0] | ipc->creator[1];
	int result;

	if (other &&
	    (setegid(ipc->creator[1]) < 0 || seteuid(ipc->creator[0]) < 0))
		return -1;
	result = make_one(image, ipc);
	if (other) {
		if (seteuid(0) < 0 || setegid(0) < 0)
			return -1;
		/* They have been taken back with that. */
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return result < 0 ? -1 : give_away(ipc);
}

/* A proc of our own: that of the container may be one to be read only. */
static int open_proc(void)
{
	int proc = sys_mount_nowhere("proc", 0);

	if (proc < 0)
		die("cannot mount 'proc'");
	return proc;
}

void cr_ipc_restore(const struct cr_image *image)
{
	const struct cr_ipc *ipc;
	autofd int proc = -1;

	cr_each (ipc, image, NULL, CR_IPC, 0) {
		if (proc < 0)
			proc = open_proc();
		if (write_file_at(proc, tables[ipc->kind].next_id, "%d",
				  ipc->id) < 0 ||
		    make_as_creator(image, ipc) < 0)
			die("cannot restore number %d of '%s'", ipc->id,
			    tables[ipc->kind].path);
	}
}

static bool is_to_go(const struct cr_ipc *ipc)
{
	return ipc->kind == CR_IPC_SHM && ipc->mode & DESTROYED;
}

int cr_ipc_finish(const struct cr_image *image, pid_t init)
{
	const struct cr_ipc *ipc;
	autofd int ours = -1;
	int result = 0;

	cr_each (ipc, image, NULL, CR_IPC, 0)
		if (is_to_go(ipc))
			break;
	if (!ipc)
		return 0;
	ours = openat(AT_FDCWD, "/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	if (ours < 0 || enter(init) < 0)
		return fail("cannot enter the ipc namespace of the container");
	cr_each (ipc, image, NULL, CR_IPC, 0)
		if (is_to_go(ipc))
			result |= shmctl(ipc->id, IPC_RMID, NULL);
	if (setns(ours, CLONE_NEWIPC) < 0 || result < 0)
		return fail("cannot mark shared memory to go");
	return 0;
}

size_t cr_ipc_size(const struct cr_image *image, const struct cr_vma *v)
{
	const struct cr_ipc *ipc;

	cr_each (ipc, image, NULL, CR_IPC, 0)
		if (ipc->kind == CR_IPC_SHM && ipc->id == v->file)
			return (ipc->size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return 0;
}

/* It comes whole; what is wanted is moved. */
void cr_ipc_map(struct cr_steps *s, const struct cr_vma *v, uint64_t aside)
{
	uint64_t size = v->end - v->start;

	cr_must(s, SYS_shmat, (uint64_t)v->file, aside,
		SHM_REMAP | (v->flags & CR_WRITABLE ? 0 : SHM_RDONLY));
	cr_must(s, SYS_mremap, aside + v->offset, size, size,
		MREMAP_MAYMOVE | MREMAP_FIXED, v->start);
	/* Nothing may be left of it, and then there is nothing to be freed. */
	cr_may(s, SYS_shmdt, aside);
	cr_must(s, SYS_mprotect, v->start, size, v->prot);
}
