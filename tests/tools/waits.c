/* waits.c - waits in each call that may be interrupted, and none of them may be; see
 * persist.h
 *
 * PROGRAM calls DIR has a thread for each.  At the end each gets what it waits for, and
 * has to have waited for just that.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "persist.h"

enum {
	HOUR = 3600,
	SIGSET = 8, /* bytes of the kernel's */
	OFD_SETLK = 37,
	OFD_SETLKW = 38,
	FUTEX_WAITV = 449,
	FUTEX_32 = 2,
	EPOLL_PWAIT2 = 441,
	QUEUE_BYTES = 1 << 14,
};

/* Of one thread. */
struct wait {
	long args[6];
	long expected; /* what it returns, when that is known */
	pthread_t thread;
	struct timespec hour;
	struct mmsghdr message;
	struct iovec vector;
	struct pollfd poll;
	fd_set set;
	sigset_t signals;
	siginfo_t info;
	struct flock lock;
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} futex;
	char bytes[QUEUE_BYTES];
	int other; /* where somebody wakes it */
	uint32_t word;
	_Atomic pid_t tid;
	struct epoll_event event;
	struct sembuf operation;
	atomic_bool back;
};

#define set(w, ...) \
	memcpy((w)->args, (const long[6]){ __VA_ARGS__ }, sizeof((w)->args))

static long at(const void *p)
{
	return (long)(intptr_t)p;
}

static void read_from(struct wait *w, int in, int out)
{
	must(in >= 0 && out >= 0);
	w->other = out;
	w->expected = 1;
	w->vector = (struct iovec){ w->bytes, 1 };
	set(w, in, at(w->bytes), 1, 0, 0, 0);
}

static void through_pipe(struct wait *w)
{
	int ends[2];

	must(pipe(ends) == 0);
	read_from(w, ends[0], ends[1]);
}

/* With a time limit a socket says EINTR where it would say "again" without. */
static void limit(int fd)
{
	const struct timeval hour = { .tv_sec = HOUR };

	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof(hour)) == 0);
	must(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hour, sizeof(hour)) == 0);
}

static void through_socket(struct wait *w)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	limit(ends[0]);
	read_from(w, ends[0], ends[1]);
}

static void through_vector(struct wait *w)
{
	through_socket(w);
	w->args[1] = at(&w->vector);
}

static void through_message(struct wait *w)
{
	through_socket(w);
	w->message.msg_hdr.msg_iov = &w->vector;
	w->message.msg_hdr.msg_iovlen = 1;
	w->args[1] = at(&w->message);
	w->args[2] = 0;
}

static void through_messages(struct wait *w)
{
	through_message(w);
	w->args[2] = 1;
}

static void one_byte(struct wait *w)
{
	must(write(w->other, "x", 1) == 1);
}

/* Until there is no more room, for a byte less than there was. */
static void into_full(struct wait *w, int in, int out)
{
	char bytes[4096] = "";

	must(fcntl(out, F_SETFL, O_NONBLOCK) == 0);
	while (write(out, bytes, sizeof(bytes)) > 0)
		;
	while (write(out, bytes, 1) > 0)
		;
	must(fcntl(out, F_SETFL, 0) == 0);
	read_from(w, out, in);
}

static void into_pipe(struct wait *w)
{
	int ends[2];

	must(pipe(ends) == 0);
	into_full(w, ends[0], ends[1]);
}

static void into_socket(struct wait *w)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	limit(ends[0]);
	into_full(w, ends[1], ends[0]);
}

static void vector_into_socket(struct wait *w)
{
	into_socket(w);
	w->args[1] = at(&w->vector);
}

static void message_into_socket(struct wait *w)
{
	into_socket(w);
	w->message.msg_hdr.msg_iov = &w->vector;
	w->message.msg_hdr.msg_iovlen = 1;
	w->args[1] = at(&w->message);
	w->args[2] = 0;
}

static void messages_into_socket(struct wait *w)
{
	message_into_socket(w);
	w->args[2] = 1;
}

static void empty(struct wait *w)
{
	char bytes[4096];

	must(fcntl(w->other, F_SETFL, O_NONBLOCK) == 0);
	while (read(w->other, bytes, sizeof(bytes)) > 0)
		;
}

static void to_splice(struct wait *w)
{
	int ends[2];

	through_pipe(w);
	must(pipe(ends) == 0);
	set(w, w->args[0], 0, ends[1], 0, 1, 0);
}

static struct sockaddr_un listener(int *fd, int backlog)
{
	static int count;
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	*fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "waits-%d",
		 count++);
	must(bind(*fd, (const void *)&name, sizeof(name)) == 0);
	must(listen(*fd, backlog) == 0);
	return name;
}

static int connected(const struct sockaddr_un *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(connect(fd, (const void *)name, sizeof(*name)) == 0);
	return fd;
}

static void to_accept(struct wait *w)
{
	int fd;
	struct sockaddr_un name = listener(&fd, 5);

	limit(fd);
	memcpy(w->bytes, &name, sizeof(name));
	w->expected = LONG_MAX;
	set(w, fd, 0, 0, 0, 0, 0);
}

static void come(struct wait *w)
{
	struct sockaddr_un name;

	memcpy(&name, w->bytes, sizeof(name));
	connected(&name);
}

/* Where one waits already, which is all that may. */
static void to_connect(struct wait *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un name = listener(&w->other, 0);

	limit(fd);
	connected(&name);
	memcpy(w->bytes, &name, sizeof(name));
	set(w, fd, at(w->bytes), sizeof(name), 0, 0, 0);
}

static void let_in(struct wait *w)
{
	must(accept(w->other, NULL, NULL) >= 0);
}

static void to_poll(struct wait *w)
{
	through_pipe(w);
	w->poll = (struct pollfd){ (int)w->args[0], POLLIN, 0 };
	set(w, at(&w->poll), 1, -1, 0, 0, 0);
}

static void to_poll_in_time(struct wait *w)
{
	to_poll(w);
	w->args[2] = HOUR * 1000L;
}

static void to_ppoll(struct wait *w)
{
	to_poll(w);
	set(w, at(&w->poll), 1, at(&w->hour), at(&w->signals), SIGSET, 0);
}

static void to_select(struct wait *w)
{
	through_pipe(w);
	FD_ZERO(&w->set);
	FD_SET(w->args[0], &w->set);
	set(w, w->args[0] + 1, at(&w->set), 0, 0, at(&w->hour), 0);
}

static void to_epoll(struct wait *w)
{
	int fd = epoll_create1(0);

	through_pipe(w);
	w->event.events = EPOLLIN;
	must(epoll_ctl(fd, EPOLL_CTL_ADD, (int)w->args[0], &w->event) == 0);
	set(w, fd, at(&w->event), 1, -1, 0, SIGSET);
}

static void to_epoll_in_time(struct wait *w)
{
	to_epoll(w);
	w->args[3] = at(&w->hour);
}

static void to_futex(struct wait *w)
{
	set(w, at(&w->word), 0, 0, 0, 0, 0);
}

static void to_futex_in_time(struct wait *w)
{
	set(w, at(&w->word), 0, 0, at(&w->hour), 0, 0);
}

static void to_futexes(struct wait *w)
{
	w->futex.address = (uintptr_t)&w->word;
	w->futex.flags = FUTEX_32;
	set(w, at(&w->futex), 1, 0, 0, 0, 0);
}

static void wake_futex(struct wait *w)
{
	w->word = 1;
	must(syscall(SYS_futex, &w->word, 1, 1, NULL, NULL, 0) == 1);
}

static void catch (int number)
{
	(void)number;
}

static void to_pause(struct wait *w)
{
	w->expected = -EINTR;
	set(w, 0, 0, 0, 0, 0, 0);
}

static void to_suspend(struct wait *w)
{
	w->expected = -EINTR;
	set(w, at(&w->signals), SIGSET, 0, 0, 0, 0);
}

static void to_sigwait(struct wait *w)
{
	w->expected = SIGUSR2;
	sigaddset(&w->signals, SIGUSR2);
	set(w, at(&w->signals), at(&w->info), 0, SIGSET, 0, 0);
}

static void to_sigwait_in_time(struct wait *w)
{
	to_sigwait(w);
	w->args[2] = at(&w->hour);
}

static void send_signal(struct wait *w)
{
	must(pthread_kill(w->thread, w->expected > 0 ? SIGUSR2 : SIGUSR1) == 0);
}

static void to_wait(struct wait *w)
{
	w->other = fork();
	if (w->other == 0)
		for (;;)
			pause();
	w->expected = w->other;
	set(w, w->other, 0, 0, 0, 0, 0);
}

static void to_waitid(struct wait *w)
{
	to_wait(w);
	w->expected = 0;
	set(w, P_PID, w->other, at(&w->info), WEXITED, 0, 0);
}

static void end_child(struct wait *w)
{
	must(kill(w->other, SIGKILL) == 0);
}

static void to_semop(struct wait *w)
{
	w->other = semget(IPC_PRIVATE, 1, 0600);
	w->operation.sem_op = -1;
	set(w, w->other, at(&w->operation), 1, 0, 0, 0);
}

static void to_semop_in_time(struct wait *w)
{
	to_semop(w);
	w->args[3] = at(&w->hour);
}

static void raise_semaphore(struct wait *w)
{
	must(semctl(w->other, 0, SETVAL, 1) == 0);
}

static void to_msgrcv(struct wait *w)
{
	w->other = msgget(IPC_PRIVATE, 0600);
	w->expected = 1;
	set(w, w->other, at(w->bytes), 1, 0, 0, 0);
}

static void to_msgsnd(struct wait *w)
{
	w->other = msgget(IPC_PRIVATE, 0600);
	w->bytes[0] = 1;
	while (msgsnd(w->other, w->bytes, 1000, IPC_NOWAIT) == 0)
		;
	set(w, w->other, at(w->bytes), 1000, 0, 0, 0);
}

static void send_message(struct wait *w)
{
	const struct {
		long type;
		char byte;
	} message = { 1, 'x' };

	must(msgsnd(w->other, &message, 1, 0) == 0);
}

static void take_message(struct wait *w)
{
	static char bytes[2000];

	must(msgrcv(w->other, bytes, 1000, 0, 0) == 1000);
}

static void to_receive(struct wait *w)
{
	w->other = (int)syscall(SYS_mq_open, "waits", O_RDWR | O_CREAT, 0600,
				NULL);
	w->expected = 1;
	set(w, w->other, at(w->bytes), sizeof(w->bytes), 0, 0, 0);
}

static void send_to_queue(struct wait *w)
{
	must(syscall(SYS_mq_timedsend, w->other, "x", 1, 0, NULL) == 0);
}

static void open_twice(struct wait *w, const char *name, int fds[2])
{
	snprintf(w->bytes, sizeof(w->bytes), "%s/%s", dir, name);
	fds[0] = open(w->bytes, O_RDWR | O_CREAT, 0600);
	fds[1] = open(w->bytes, O_RDWR);
	must(fds[0] >= 0 && fds[1] >= 0);
	w->other = fds[0];
}

static void to_flock(struct wait *w)
{
	int fds[2];

	open_twice(w, "flock", fds);
	must(flock(fds[0], LOCK_EX) == 0);
	set(w, fds[1], LOCK_EX, 0, 0, 0, 0);
}

static void unflock(struct wait *w)
{
	must(flock(w->other, LOCK_UN) == 0);
}

static void to_lock(struct wait *w)
{
	int fds[2];

	open_twice(w, "lock", fds);
	w->lock.l_type = F_WRLCK;
	must(fcntl(fds[0], OFD_SETLK, &w->lock) == 0);
	set(w, fds[1], OFD_SETLKW, at(&w->lock), 0, 0, 0);
}

static void unlock(struct wait *w)
{
	struct flock lock = { .l_type = F_UNLCK };

	must(fcntl(w->other, OFD_SETLK, &lock) == 0);
}

static void from_eventfd(struct wait *w)
{
	int fd = eventfd(0, 0);

	read_from(w, fd, fd);
	w->expected = w->args[2] = sizeof(uint64_t);
}

static void count_up(struct wait *w)
{
	const uint64_t one = 1;

	must(write(w->other, &one, sizeof(one)) == sizeof(one));
}

static void from_timerfd(struct wait *w)
{
	const struct itimerspec far = { .it_value.tv_sec = HOUR };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	must(timerfd_settime(fd, 0, &far, NULL) == 0);
	read_from(w, fd, fd);
	w->expected = w->args[2] = sizeof(uint64_t);
}

static void expire(struct wait *w)
{
	const struct itimerspec now = { .it_value.tv_nsec = 1 };

	must(timerfd_settime(w->other, 0, &now, NULL) == 0);
}

static void from_signalfd(struct wait *w)
{
	int fd;

	sigaddset(&w->signals, SIGUSR2);
	fd = signalfd(-1, &w->signals, 0);
	read_from(w, fd, fd);
	w->expected = w->args[2] = sizeof(struct signalfd_siginfo);
}

static void from_inotify(struct wait *w)
{
	int fd = inotify_init1(0);

	snprintf(w->bytes, sizeof(w->bytes), "%s/watched", dir);
	mkdir(w->bytes, 0700);
	must(inotify_add_watch(fd, w->bytes, IN_ATTRIB) > 0);
	read_from(w, fd, fd);
	w->expected = sizeof(struct inotify_event);
	w->args[1] = at(w->bytes + 1024);
	w->args[2] = 1024;
}

static void touch(struct wait *w)
{
	must(chmod(w->bytes, 0755) == 0);
}

static void to_open(struct wait *w)
{
	snprintf(w->bytes, sizeof(w->bytes), "%s/fifo", dir);
	must(mkfifo(w->bytes, 0600) == 0);
	w->expected = LONG_MAX;
	set(w, AT_FDCWD, at(w->bytes), O_RDONLY, 0, 0, 0);
}

static void open_fifo(struct wait *w)
{
	must(open(w->bytes, O_WRONLY) >= 0);
}

static const struct {
	long call;
	void (*prepare)(struct wait *);
	void (*wake)(struct wait *);
} rows[] = {
	{ SYS_read, through_pipe, one_byte },
	{ SYS_read, through_socket, one_byte },
	{ SYS_readv, through_vector, one_byte },
	{ SYS_recvfrom, through_socket, one_byte },
	{ SYS_recvmsg, through_message, one_byte },
	{ SYS_recvmmsg, through_messages, one_byte },
	{ SYS_write, into_pipe, empty },
	{ SYS_write, into_socket, empty },
	{ SYS_writev, vector_into_socket, empty },
	{ SYS_sendto, into_socket, empty },
	{ SYS_sendmsg, message_into_socket, empty },
	{ SYS_sendmmsg, messages_into_socket, empty },
	{ SYS_splice, to_splice, one_byte },
	{ SYS_accept, to_accept, come },
	{ SYS_accept4, to_accept, come },
	{ SYS_connect, to_connect, let_in },
#ifdef SYS_poll
	{ SYS_poll, to_poll, one_byte },
	{ SYS_poll, to_poll_in_time, one_byte },
	{ SYS_select, to_select, one_byte },
	{ SYS_epoll_wait, to_epoll, one_byte },
	{ SYS_pause, to_pause, send_signal },
#endif
	{ SYS_ppoll, to_ppoll, one_byte },
	{ SYS_pselect6, to_select, one_byte },
	{ SYS_epoll_pwait, to_epoll, one_byte },
	{ EPOLL_PWAIT2, to_epoll_in_time, one_byte },
	{ SYS_futex, to_futex, wake_futex },
	{ SYS_futex, to_futex_in_time, wake_futex },
	{ FUTEX_WAITV, to_futexes, wake_futex },
	{ SYS_rt_sigsuspend, to_suspend, send_signal },
	{ SYS_rt_sigtimedwait, to_sigwait, send_signal },
	{ SYS_rt_sigtimedwait, to_sigwait_in_time, send_signal },
	{ SYS_wait4, to_wait, end_child },
	{ SYS_waitid, to_waitid, end_child },
	{ SYS_semop, to_semop, raise_semaphore },
	{ SYS_semtimedop, to_semop_in_time, raise_semaphore },
	{ SYS_msgrcv, to_msgrcv, send_message },
	{ SYS_msgsnd, to_msgsnd, take_message },
	{ SYS_mq_timedreceive, to_receive, send_to_queue },
	{ SYS_flock, to_flock, unflock },
	{ SYS_fcntl, to_lock, unlock },
	{ SYS_read, from_eventfd, count_up },
	{ SYS_read, from_timerfd, expire },
	{ SYS_read, from_signalfd, send_signal },
	{ SYS_read, from_inotify, touch },
	{ SYS_openat, to_open, open_fifo },
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static struct wait waits[ROWS];

static void *do_call(void *arg)
{
	struct wait *w = arg;
	const long *a = w->args;
	ptrdiff_t row = w - waits;
	long result;

	w->tid = (pid_t)syscall(SYS_gettid);
	result = syscall(rows[row].call, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result < 0)
		result = -errno;
	if (w->expected == LONG_MAX ? result < 0 : result != w->expected)
		tell("row %td, call %ld: %ld", row, rows[row].call, result);
	w->back = true;
	return NULL;
}

/* It is in that call, and in no other. */
static int is_waiting(ptrdiff_t row)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
		 waits[row].tid);
	file = fopen(path, "r");
	if (file) {
		fgets(text, sizeof(text), file);
		fclose(file);
	}
	return *text >= '0' && *text <= '9' &&
	       strtoul(text, NULL, 10) == (unsigned long)rows[row].call;
}

/* What fills a socket may be counted otherwise behind a restore, and there is room. */
static void must_wait(ptrdiff_t row)
{
	if (waits[row].back && rows[row].wake != empty)
		tell("row %td, call %ld came back", row, rows[row].call);
}

static void begin(ptrdiff_t row)
{
	struct wait *w = waits + row;

	w->hour.tv_sec = HOUR;
	rows[row].prepare(w);
	must(pthread_create(&w->thread, NULL, do_call, w) == 0);
	while (!is_waiting(row))
		nap();
}

static void end(ptrdiff_t row)
{
	must_wait(row);
	rows[row].wake(waits + row);
	for (int i = 0; i < 1000 && !waits[row].back; i++)
		nap();
	if (!waits[row].back)
		tell("row %td, call %ld does not end", row, rows[row].call);
}

static void calls(void)
{
	struct sigaction action = { .sa_handler = catch };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	for (ptrdiff_t row = 0; row < ROWS; row++)
		begin(row);
	do {
		nap();
		for (ptrdiff_t row = 0; row < ROWS; row++)
			must_wait(row);
	} while (!tick());
	for (ptrdiff_t row = 0; row < ROWS; row++)
		end(row);
}

const struct mode modes[] = { { "calls", calls }, { 0 } };
