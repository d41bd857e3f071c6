/* persist.c - has something that a checkpoint has to keep, and looks after it */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "persist.h"

enum { THREADS = 4, PIPE_BYTES = 3000 };

static int numbers[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 }; /* of threads */

/* Threads that share a lock, have something of their own, and tell each other. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn, rounds;
static __thread int own = -1;

__attribute__((noreturn)) static void *take_turns(void *arg)
{
	int number = *(const int *)arg;

	own = number;
	for (;;) {
		must(pthread_mutex_lock(&lock) == 0);
		while (turn != number)
			must(pthread_cond_wait(&turned, &lock) == 0);
		must(own == number);
		turn = (turn + 1) % THREADS;
		rounds++;
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&lock);
		nap();
	}
}

static void threads(void)
{
	pthread_t thread;
	int then = 0;

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread, NULL, take_turns, &numbers[i]) ==
		     0);
	do {
		then = rounds;
		for (int i = 0; i < 500 && rounds == then; i++)
			nap();
		must(rounds > then);
	} while (!tick());
	must(pthread_create(&thread, NULL, take_turns, &numbers[8]) == 0);
}

/* Whoever is the first to see that it is time ends them all. */
__attribute__((noreturn)) static void *look_for_end(void *arg)
{
	char path[256];

	(void)arg;
	snprintf(path, sizeof(path), "%s/go", dir);
	while (access(path, F_OK) != 0)
		sched_yield();
	_exit(0);
}

static void enders(void)
{
	pthread_t thread;

	for (int i = 0; i < 48; i++)
		must(pthread_create(&thread, NULL, look_for_end, NULL) == 0);
	must(tick() == 0 && tick() == 0 && tick() == 0);
	look_for_end(NULL);
}

/* Calls that do not return, and must not do so on the way. */
static void *never(void *arg)
{
	struct timespec hour = { 3600, 0 };
	struct epoll_event event;
	sigset_t set;
	int ends[2], word = 0;
	char byte;

	must(pipe(ends) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	errno = 0;
	switch (*(const int *)arg) {
	case 0:
		read(ends[0], &byte, 1);
		break;
	case 1:
		nanosleep(&hour, NULL);
		break;
	case 2:
		poll(&(struct pollfd){ ends[0], POLLIN, 0 }, 1, -1);
		break;
	case 3:
		syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
		break;
	case 4:
		sigwaitinfo(&set, NULL);
		break;
	case 5:
		poll(NULL, 0, 3600000);
		break;
	case 6:
		pause();
		break;
	case 8:
		epoll_wait(epoll_create1(0), &event, 1, -1);
		break;
	case 7:
		clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL);
		break;
	}
	tell("call %d came back: %d", *(const int *)arg, errno);
	return NULL;
}

static void calls(void)
{
	pthread_t thread;

	for (int i = 0; i < 9; i++)
		must(pthread_create(&thread, NULL, never, &numbers[i]) == 0);
	do
		nap();
	while (!tick());
}

#if defined(__x86_64__)
static unsigned char in[3 * 64], out[3 * 64];

/* A number in every byte of some registers of one width, for as long as this takes. */
#define HOLD(width, move, name)                                                \
	__attribute__((target(width))) static void hold_##name(long count)     \
	{                                                                      \
		__asm__ volatile(move " (%1), %%" #name "0\n " move            \
				      " 64(%1), %%" #name "7\n " move          \
				      " 128(%1), %%" #name "15\n"              \
				      "1: dec %0\n jnz 1b\n " move " %%" #name \
				      "0, (%2)\n " move " %%" #name            \
				      "7, 64(%2)\n " move " %%" #name          \
				      "15, 128(%2)\n"                          \
				 : "+r"(count)                                 \
				 : "r"(in), "r"(out)                           \
				 : "memory", "cc", "xmm0", "xmm7", "xmm15");   \
	}
HOLD("sse2", "movdqu", xmm)
HOLD("avx", "vmovdqu", ymm)
HOLD("avx512f", "vmovdqu64", zmm)

static void registers(void)
{
	size_t width = 16;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 3);
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		width = 64;
	else if (__builtin_cpu_supports("avx"))
		width = 32;
	do {
		(width == 64   ? hold_zmm
		 : width == 32 ? hold_ymm
			       : hold_xmm)(20000000);
		for (size_t i = 0; i < sizeof(in); i += 64)
			must(memcmp(in + i, out + i, width) == 0);
	} while (!tick());
}
#else
static void registers(void)
{
	while (!tick())
		nap();
}
#endif

/* What is on its way stays there. */
static void pipes(void)
{
	char bytes[PIPE_BYTES], back[PIPE_BYTES];
	int ends[2], event = eventfd(7, EFD_NONBLOCK),
		     poller = epoll_create1(0);
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec soon = { { 0, 50000000 }, { 0, 50000000 } };
	struct epoll_event watched = { .events = EPOLLIN,
				       .data.u64 = 0x123456789 };
	uint64_t count;

	must(pipe(ends) == 0 && event >= 0 && timer >= 0);
	must(timerfd_settime(timer, 0, &soon, NULL) == 0);
	must(epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &watched) == 0);
	must(epoll_ctl(poller, EPOLL_CTL_ADD, timer, &watched) == 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31);
	must(write(ends[1], bytes, sizeof(bytes)) == sizeof(bytes));
	do
		nap();
	while (!tick());
	must(read(timer, &count, sizeof(count)) == sizeof(count) && count > 0);
	must(read(timer, &count, sizeof(count)) == sizeof(count) && count > 0);
	must(epoll_ctl(poller, EPOLL_CTL_DEL, timer, NULL) == 0);
	memset(&watched, 0, sizeof(watched));
	must(epoll_wait(poller, &watched, 1, 0) == 1);
	must(watched.data.u64 == 0x123456789);
	must(read(ends[0], back, sizeof(back)) == sizeof(back));
	must(epoll_wait(poller, &watched, 1, 0) == 0);
	must(memcmp(bytes, back, sizeof(back)) == 0);
	must(write(ends[1], "x", 1) == 1 && read(ends[0], back, 1) == 1);
	close(ends[1]);
	must(read(ends[0], back, 1) == 0);
	must(read(event, &count, sizeof(count)) == sizeof(count) && count == 7);
}

static volatile sig_atomic_t caught;
static uintptr_t caught_on;

static void catch (int number)
{
	caught = number;
	caught_on = (uintptr_t)__builtin_frame_address(0);
}

/* Signals that wait, those that are caught, and the stack for that. */
static void signals(void)
{
	static char stack[65536];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = catch,
				    .sa_flags = SA_ONSTACK };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	must(sigaltstack(&other, NULL) == 0);
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (int i = 0; i < 3; i++)
		must(sigqueue(getpid(), SIGRTMIN + 3,
			      (union sigval){ .sival_int = 40 + i }) == 0);
	raise(SIGUSR1);
	do
		nap();
	while (!tick());
	raise(SIGUSR2);
	must(caught == SIGUSR2);
	must(caught_on > (uintptr_t)stack &&
	     caught_on < (uintptr_t)stack + sizeof(stack));
	for (int i = 0; i < 3; i++) {
		must(sigwaitinfo(&set, &info) > 0);
		if (info.si_signo == SIGUSR1)
			must(sigwaitinfo(&set, &info) > 0);
		must(info.si_value.sival_int == 40 + i);
	}
}

/* One place in a file for two processes, another one for a third. */
static void sharing(void)
{
	char path[256], *shared;
	int one, two;
	pid_t child;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED);
	snprintf(path, sizeof(path), "%s/file", dir);
	one = open(path, O_RDWR | O_CREAT, 0600);
	must(one >= 0 && write(one, "0123456789", 10) == 10);
	two = open(path, O_RDONLY);
	must(two >= 0 && lseek(two, 3, SEEK_SET) == 3);
	child = fork();
	must(child >= 0);
	while (child == 0)
		if (shared[0] == 1) {
			must(lseek(one, 5, SEEK_SET) == 5);
			shared[0] = 2;
			_exit(9);
		}
	do
		nap();
	while (!tick());
	shared[0] = 1;
	must(waitpid(child, &one, 0) == child);
	must(WIFEXITED(one) && WEXITSTATUS(one) == 9 && shared[0] == 2);
	must(lseek(3 + 1, 0, SEEK_CUR) == 5);
	must(lseek(two, 0, SEEK_CUR) == 3);
}

/* A child that has died, and nobody has asked how. */
static void zombies(void)
{
	pid_t killed = fork(), ended;
	int status;

	if (killed == 0)
		for (;;)
			pause();
	ended = fork();
	if (ended == 0)
		_exit(42);
	kill(killed, SIGKILL);
	do
		nap();
	while (!tick());
	must(waitpid(ended, &status, 0) == ended);
	must(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	must(waitpid(killed, &status, 0) == killed);
	must(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* As much as is asked for, every byte known. */
static void memory(void)
{
	size_t size = 32UL << 20;
	unsigned char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *none;

	must(bytes != MAP_FAILED);
	for (size_t i = 0; i < size; i += 512)
		bytes[i] = (unsigned char)(i >> 9) | 1;
	memset(bytes + size / 2, 0, 1 << 20);
	none = bytes + 4096UL * 5;
	must(mprotect(none, 4096, PROT_NONE) == 0);
	do
		nap();
	while (!tick());
	must(mprotect(none, 4096, PROT_READ) == 0);
	for (size_t i = 0; i < size; i += 512)
		if (i < size / 2 || i >= size / 2 + (1 << 20))
			must(bytes[i] == ((unsigned char)(i >> 9) | 1));
		else
			must(bytes[i] == 0);
	must(madvise(bytes, size, MADV_DONTNEED) == 0);
	for (size_t i = 0; i < size; i += 4096)
		must(i == 4096UL * 5 || bytes[i] == 0);
}

enum { ADVISED = 1 << 20 };

static unsigned char *known_bytes(int advice)
{
	unsigned char *bytes = mmap(NULL, ADVISED, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(bytes != MAP_FAILED);
	memset(bytes, advice + 1, ADVISED);
	must(madvise(bytes, ADVISED, advice) == 0);
	return bytes;
}

static void must_be_known(const unsigned char *bytes, int advice)
{
	for (size_t i = 0; i < ADVISED; i++)
		must(bytes[i] == advice + 1);
}

/* Ranges with advice that children get, too. */
static void advised(void)
{
	static const int advices[] = { MADV_DONTDUMP, MADV_HUGEPAGE,
				       MADV_NOHUGEPAGE };
	unsigned char *bytes[3];

	for (int i = 0; i < 3; i++)
		bytes[i] = known_bytes(advices[i]);
	do
		nap();
	while (!tick());
	for (int i = 0; i < 3; i++)
		must_be_known(bytes[i], advices[i]);
}

/* And some that they do not get. */
static void withheld(void)
{
	unsigned char *one = known_bytes(MADV_DONTFORK);
	unsigned char *other = known_bytes(MADV_WIPEONFORK);

	must(mlock(one, 4096) == 0);
	advised();
	must_be_known(one, MADV_DONTFORK);
	must_be_known(other, MADV_WIPEONFORK);
}

/* Some that they get now, and now not. */
static void wavering(void)
{
	unsigned char *bytes = known_bytes(MADV_WIPEONFORK);

	do {
		for (int i = 0; i < 1000; i++) {
			must(madvise(bytes, ADVISED, MADV_KEEPONFORK) == 0);
			must(madvise(bytes, ADVISED, MADV_WIPEONFORK) == 0);
		}
		must_be_known(bytes, MADV_WIPEONFORK);
	} while (!tick());
}

/* Page after page gets the next number: at any moment those in front have it, and
 * those behind the one before. */
static void waves(void)
{
	size_t size = 64UL << 20;
	volatile unsigned long *words =
		mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const size_t step = 4096 / sizeof(*words);

	must(words != MAP_FAILED);
	for (unsigned long wave = 1;; wave++) {
		for (size_t i = 0; i < size / sizeof(*words); i += step) {
			must(words[i] == wave - 1);
			words[i] = wave;
		}
		if (tick())
			return;
	}
}

/* Never less than before. */
static void clocks(void)
{
	static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME };
	struct timespec last[2] = { 0 }, now;

	do {
		for (int i = 0; i < 2; i++) {
			must(clock_gettime(ids[i], &now) == 0);
			must(now.tv_sec > last[i].tv_sec ||
			     (now.tv_sec == last[i].tv_sec &&
			      now.tv_nsec >= last[i].tv_nsec));
			last[i] = now;
		}
		nap();
	} while (!tick());
}

const struct mode modes[] = {
	{ "threads", threads },
	{ "calls", calls },
	{ "registers", registers },
	{ "pipes", pipes },
	{ "signals", signals },
	{ "sharing", sharing },
	{ "clocks", clocks },
	{ "waves", waves },
	{ "zombies", zombies },
	{ "memory", memory },
	{ "advised", advised },
	{ "withheld", withheld },
	{ "wavering", wavering },
	{ "enders", enders },
	{ 0 },
};
