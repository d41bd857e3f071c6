/* cr_image.h - a checkpoint on disk, and in memory
 *
 *	DIR/core.img	a header, and a row of typed records
 *	DIR/pages.img	what memory and files in memory hold, in whole pages
 *	DIR/pages-2.img	if that is much, half of the memory: see cr_store.h
 *
 *	CONTAINER SPEC ROOTFS CWD PARENT..
 *	PROCESS ACTION.. SIGNAL.. VMA..		parents before their children
 *		FD LOCK.. OWNER.. TIMER..
 *		THREAD REGSET.. GROUPS FILTER.. SIGNAL.. SCHED
 *	FILE DATA				anywhere: counted from 0
 *	     SOCKET OPTION..  LETTER.. TCP
 *	WATCH					of a FILE that is an inotify
 *	MOUNT ENTRY.. PTY.. IPC MESSAGE.. QUEUE
 *	MEMORY PAGES.. GUARD..
 *	END
 *
 * The records are what both sides work on: to dump is to append, to restore is
 * to walk.  An image is made on one machine and read on its like, so numbers are
 * as the machine has them.  It may come from anybody: what is wrong in it is
 * found when it is read, and not later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CR_VERSION = 5, /* of all structures below */
	CR_PROCESSES_MAX = 1024,
	CR_THREADS_MAX = 4096,
	CR_FILES_MAX = 16384,
	CR_FD_MAX = 65536,
	CR_PID_MAX = 1 << 22,
	CR_REGSET_MAX = 16384,
	CR_FILTER_MAX = 32768, /* bytes of a seccomp filter */
	CR_RLIMITS = 16,
	CR_PTYS_MAX = 256,
	CR_CPU_WORDS = 16,
	CR_CLOCKS = 2,    /* monotonic, boottime; ns */
	CR_FDS_MAX = 253, /* in one message: SCM_MAX_FD */
	CR_PARENTS_MAX = 32,
	CR_STORES = 2, /* files with pages, of one image */
	CR_STORES_MAX = CR_STORES * (1 + CR_PARENTS_MAX),
};

enum cr_type {
	CR_END,
	CR_CONTAINER,
	CR_SPEC,   /* text: as in RUNDIR/NAME/spec */
	CR_ROOTFS, /* text: where it was */
	CR_CWD,    /* text: what the spec's paths are relative to */
	CR_PROCESS,
	CR_AUXV, /* bytes */
	CR_ACTION,
	CR_SIGNAL,
	CR_FD,
	CR_VMA,
	CR_THREAD,
	CR_REGSET,
	CR_GROUPS, /* bytes: 32-bit numbers */
	CR_FILTER, /* bytes: a seccomp filter, the oldest first */
	CR_FILE,
	CR_DATA,
	CR_MOUNT,
	CR_ENTRY,
	CR_MEMORY,
	CR_PAGES,
	CR_PTY,
	CR_TIMER,
	CR_LOCK,
	CR_OWNER,
	CR_WATCH,
	CR_IPC,
	CR_MESSAGE,
	CR_SCHED,
	CR_QUEUE,
	CR_SOCKET, /* what a FILE is, right behind it */
	CR_OPTION,
	CR_LETTER,
	CR_TCP,
	CR_LINK,
	CR_ROUTE, /* see cr_route.h */
	CR_PARENT,
	CR_GUARD, /* among the PAGES */
	CR_TYPES
};

/* A file with pages; of length 0 it need not be there. */
struct cr_store {
	uint64_t length, sum;
};

struct cr_header {
	char magic[8];
	uint32_t version, machine;
	uint64_t length; /* of core.img, with this */
	uint64_t sum;    /* of all that follows */
	struct cr_store stores[CR_STORES];
	uint64_t id; /* which no other one has */
};
#define CR_MAGIC "LAUNCHCR"

struct cr_record {
	uint32_t type, length; /* of what follows; padded to 8 bytes */
};

struct cr_container {
	int64_t realtime_ms, clocks[CR_CLOCKS];
	uint64_t vdso_sum, features;
	uint32_t detached, tty;
	char name[64], hostname[72], domainname[72], kernel[72], build[40];
};

enum { CR_ZOMBIE = 1, CR_STOPPED = 2, CR_SUBREAPER = 4, CR_THP_OFF = 8 };

struct cr_process {
	int32_t pid, ppid, pgid, sid;
	uint32_t flags, exit_code, umask, pdeathsig, dumpable, personality, pad;
	int32_t exe, cwd, root; /* files; -1: none */
	int32_t oom_score_adj, nice;
	int32_t tty,
		foreground; /* of the leader of a session: the number of its
				    pty and 1, the group that has it; 0: none */
	/* As prctl(2) has it, up to the brk and from the stack on. */
	uint64_t mm[11];
	uint64_t rlimits[CR_RLIMITS][2];
	int64_t itimers[3][4];
};

struct cr_action {
	uint32_t number, pad;
	uint64_t action[4]; /* the kernel's struct sigaction */
};

struct cr_signal {
	char info[128]; /* the kernel's siginfo_t */
};

struct cr_fd {
	int32_t fd, file;
	uint32_t cloexec, pad;
};

enum cr_vma_kind { CR_ANON, CR_MAPPED, CR_VDSO, CR_SYSV };
enum { CR_GROWS = 1, CR_SHARED = 2, CR_LOCKED = 4, CR_DONTFORK = 8 };
enum { CR_WIPEONFORK = 16, CR_HUGE = 32, CR_NOHUGE = 64, CR_NODUMP = 128 };
enum { CR_WHOLE = 256 };    /* what is in the file behind it counts, too */
enum { CR_WRITABLE = 512 }; /* CR_SYSV: may become so */
/* For who plans what is read: no page is missing or a file's; nobody else has any. */
enum { CR_FULL = 1024, CR_LONE = 2048 };

struct cr_vma {
	uint64_t start, end, offset;
	uint32_t kind, prot, flags;
	int32_t file; /* CR_MAPPED; of CR_SYSV the id */
};

struct cr_thread {
	int32_t tid;
	uint32_t no_new_privs, securebits, seccomp;
	uint64_t mask, robust, robust_size, clear_tid;
	uint64_t rseq, rseq_cs;
	uint32_t rseq_size, rseq_signature;
	uint64_t altstack[3];
	uint32_t uid[4], gid[4]; /* real, effective, saved, of filesystems */
	uint64_t inheritable, permitted, effective, bounding, ambient;
	char name[16];
};

struct cr_regset {
	uint32_t note, pad;
	uint8_t bytes[];
};

enum cr_file_kind {
	CR_PATH,     /* opened by its name; id: when it was written to */
	CR_EXTERNAL, /* role: 0-2, the launcher's */
	CR_PIPE,     /* id: which; flags: which end; also a fifo */
	CR_PTMX,     /* the master of a pty; id: which */
	CR_SIGNALFD, /* id: the mask */
	CR_EVENTFD,  /* id: the count; role: 1, a semaphore */
	CR_EPOLL,    /* DATA: see cr_events.c; as of a timer */
	CR_TIMERFD,
	CR_OF_SOCKET, /* as its SOCKET says */
	CR_BLOB,      /* without a name: id: its bytes in pages.img */
	CR_OF_BLOB,   /* one more open file of it; id: the blob */
	CR_INOTIFY,
	CR_MQUEUE, /* path: which, with a slash */
	CR_PIDFD,  /* id: whose; 0: of one that is no more */
	CR_FILE_KINDS
};

struct cr_file {
	uint32_t kind, flags;
	uint64_t position, id, size;
	uint32_t mode, role;
	char path[];
};

struct cr_data {
	uint32_t file, pad;
	char bytes[];
};

enum {
	CR_LISTENS = 1,
	CR_NAMELESS = 2,  /* its name is not in the filesystem any more */
	CR_CONNECTED = 8, /* by TCP: see its TCP */
	CR_RESET = 16,    /* it was */
	CR_WAITING = 4,   /* for the other half to be accepted */
};
enum { CR_NOBODY = -1, CR_DEAD = -2 };

struct cr_socket {
	uint32_t file, flags;
	uint16_t family, type, protocol, shutdown;
	uint32_t backlog, owner;
	int32_t peer;     /* the FILE of the other half; CR_NOBODY, CR_DEAD */
	uint32_t order;   /* of those that wait for the same */
	int32_t peer_pid; /* what SO_PEERCRED says */
	uint32_t peer_uid, peer_gid;
	uint32_t mode, uid, gid; /* of its name in the filesystem */
	uint32_t name_size, peer_name_size;
	uint8_t name[128], peer_name[128];
	char where[]; /* what its name is relative to */
};

struct cr_option {
	uint32_t file, row; /* of the table in cr_option.c */
	char bytes[];
};

/* What waits in a socket, one at a time; behind the fds the bytes. */
struct cr_letter {
	uint32_t file;
	int32_t sender; /* a FILE, if it has a name of its own */
	int32_t pid;    /* who has sent it, if that was asked for; else 0 */
	uint32_t uid, gid, fd_count;
	int32_t fds[]; /* FILEs */
};

/* A connection. */
struct cr_tcp {
	uint32_t file, state, in_seq, out_seq, in_size, out_size, unsent;
	uint32_t options, scales, mss, timestamp, window[5], ended, pad;
	char bytes[]; /* that have come, and that are to go */
};

/* What a link of the container was. */
struct cr_link {
	uint32_t index, mtu;
	uint8_t mac[6], pad[2];
	char name[16], kept[64]; /* its address, if it was given one by us */
};

struct cr_mount {
	uint32_t flags, pad;
	char target[]; /* and behind its NUL the type */
};

/* A file of a filesystem that is only in memory. */
struct cr_entry {
	uint32_t mode, uid, gid, links;
	uint64_t rdev, inode, size, offset; /* offset: in pages.img */
	int64_t mtime_s, mtime_ns;
	char path[]; /* and behind its NUL what a symlink says */
};

struct cr_memory {
	int32_t pid;
	uint32_t pad;
};

struct cr_pages {
	uint64_t address, length, offset;
	/* Which file: CR_STORES of this image, as many of its first PARENT.. */
	uint32_t source, pad;
};

/* Pages that nobody may touch: MADV_GUARD_INSTALL. */
struct cr_guard {
	uint64_t address, length;
};

/* What this image builds on, its own parent first: see cr_chain.h. */
struct cr_parent {
	uint64_t id; /* as in its header, and the next */
	struct cr_store stores[CR_STORES];
	char path[]; /* from the directory of this one */
};

struct cr_pty {
	uint32_t number, mode, uid, gid;
	uint16_t size[4];
	uint8_t termios[64];
};

/* Of timer_create(2); when: interval and value, seconds and nanoseconds. */
struct cr_timer {
	int32_t id, clock, tid; /* tid: SIGEV_THREAD_ID */
	uint32_t signal, notify, pad;
	uint64_t value;
	int64_t when[4];
};

enum cr_lock_kind { CR_FLOCK, CR_POSIX, CR_OFD, CR_LOCK_KINDS };

struct cr_lock {
	int32_t fd;
	uint32_t kind, shared, pad;
	uint64_t start, length; /* 0: up to the end */
};

/* Who is told that an fd is ready. */
struct cr_owner {
	int32_t fd, type, pid, signal;
	uint32_t flags, pad; /* of the file: O_ASYNC */
};

struct cr_watch {
	uint32_t file, mask;
	int32_t wd;
	uint32_t pad;
	char path[];
};

enum cr_ipc_kind { CR_IPC_SHM, CR_IPC_SEM, CR_IPC_MSG, CR_IPC_KINDS };

struct cr_ipc {
	uint32_t kind, key;
	int32_t id;
	uint32_t mode, uid, gid, creator[2]; /* uid, gid */
	uint64_t size, offset; /* of memory in pages.img; of a queue at most */
	uint16_t values[];     /* of semaphores */
};

struct cr_message {
	int64_t type;
	char bytes[];
};

/* Of mq_open(3); without a slash. */
struct cr_queue {
	uint32_t mode, uid, gid, pad;
	int64_t most, size;
	char name[];
};

/* What is not as it comes. */
struct cr_sched {
	uint32_t policy, flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint64_t slack; /* of timers; 0: as it comes */
	uint32_t io, pad;
	uint64_t cpus[CR_CPU_WORDS]; /* none: as it comes */
};

struct cr_image {
	char *bytes; /* the header, and the records */
	size_t length, size;
	bool overflow;
	int pages[CR_STORES]; /* fds; -1: none */
	bool stream;          /* the first is a pipe: see cr_stream.h */
	/* While it is written. */
	int dir; /* borrowed */
	bool past_cache;
	int direct[CR_STORES]; /* the same files, past the page cache */
	struct cr_end {
		uint64_t length, sum[2];
	} ends[CR_STORES];
	/* After reading. */
	struct cr_store stores[CR_STORES_MAX];
	size_t process_count, file_count, parent_count, store_count;
	const struct cr_parent *parents[CR_PARENTS_MAX];
	const struct cr_process *processes[CR_PROCESSES_MAX];
	const struct cr_file *files[CR_FILES_MAX];
	const struct cr_socket *sockets[CR_FILES_MAX]; /* of them; or NULL */
};

/* Room for records alone.  -1: reported. */
int cr_image_make_room(struct cr_image *image);

void cr_image_empty(struct cr_image *image);

/* Open the directory for one, made if need be: then *made, also of what cannot be opened.
 * -1: reported. */
int cr_image_dir(const char *path, bool *made);

/* A file of an image, whose maker may be anybody: what a link leads to would be memory
 * that the container can read, and a pipe would hold us up.  -1 with errno. */
int cr_image_open(int dir, const char *name);

/* Make the file anew.  -1: reported. */
int cr_image_create(int dir, const char *name);

/* It has room: from now on with pages.img in dir, where an older one ends; direct: what
 * whole pages are written from does not go through the page cache.  -1: reported. */
int cr_image_begin(struct cr_image *image, int dir, bool direct);

/* The same, and all of it goes into that pipe.  -1: reported. */
int cr_image_begin_stream(struct cr_image *image, int to);

/* Append a zeroed record of size bytes.  Never fails: what does not fit is told
 * by cr_image_end(). */
void *cr_add(struct cr_image *image, enum cr_type type, size_t size);
void cr_add_text(struct cr_image *image, enum cr_type type, const char *text);

/* Write core.img; in a stream, dir is of no use.  -1: reported. */
int cr_image_end(struct cr_image *image, int dir);

/* Read and check one; core is borrowed.  -1: reported, with path as its name. */
int cr_image_read(struct cr_image *image, int core, const char *path);

/* Check and index what is in memory: the part that fuzzing wants.  Returns
 * NULL, or what is wrong. */
const char *cr_image_check(struct cr_image *image);

/* The next record of that type behind a body or NULL, the beginning; NULL if
 * one of the types of the mask comes before. */
const void *cr_next(const struct cr_image *image, const void *body,
		    enum cr_type type, uint64_t stops);
#define CR_STOP(type) ((uint64_t)1 << (type))
#define CR_OF_PROCESS CR_STOP(CR_PROCESS)
#define CR_OF_THREAD  (CR_STOP(CR_PROCESS) | CR_STOP(CR_THREAD))

/* All records of a type behind a body; NULL at the end. */
#define cr_each(p, image, behind, type, stops)                       \
	for ((p) = cr_next((image), (behind), (type), (stops)); (p); \
	     (p) = cr_next((image), (p), (type), (stops)))

/* NULL: there is no image. */
const struct cr_header *cr_header_of(const struct cr_image *image);

/* Where that directory is.  -1 with errno. */
int cr_image_where(int dir, char *buf, size_t size);

/* How long a body is. */
size_t cr_length(const void *body);

/* The first record of a type: which has to be there. */
const void *cr_only(const struct cr_image *image, enum cr_type type);
