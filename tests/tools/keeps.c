/* keeps.c - has what the kernel keeps for a process outside of it: timers, locks,
 * queues and the like; see persist.h */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "persist.h"

enum { OFD_SETLK = 37, OFD_GETLK = 36, IO_BEST = 2 << 13, SLACK = 123456 };

static void wait_for_go(void)
{
	do
		nap();
	while (!tick());
}

static volatile sig_atomic_t caught, value;

static void catch (int number, siginfo_t *info, void *context)
{
	(void)context;
	value = info->si_value.sival_int;
	caught = number;
}

static void await_signal(int number)
{
	for (int i = 0; i < 500 && caught != number; i++)
		usleep(TICK_MS * 1000);
	must(caught == number);
	caught = 0;
}

/* One that is deleted leaves a number out, one that is far, one that ticks. */
static void timers(void)
{
	struct sigaction action = { .sa_sigaction = catch,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	struct itimerspec when = { { 0, 20000000 }, { 3600, 0 } }, now;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t none, far, own;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	must(timer_create(CLOCK_MONOTONIC, &event, &none) == 0);
	event.sigev_value.sival_int = 77;
	must(timer_create(CLOCK_REALTIME, &event, &far) == 0);
	must(timer_settime(far, 0, &when, NULL) == 0);
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = SIGUSR2;
	event.sigev_value.sival_int = 88;
	((int *)&event)[4] = (int)syscall(SYS_gettid);
	must(timer_create(CLOCK_MONOTONIC, &event, &own) == 0);
	must(timer_delete(none) == 0);
	wait_for_go();
	must(timer_gettime(far, &now) == 0);
	must(now.it_value.tv_sec > 3000 && now.it_value.tv_sec <= 3600);
	must(now.it_interval.tv_nsec == 20000000);
	when.it_value = when.it_interval;
	must(timer_settime(far, 0, &when, NULL) == 0);
	await_signal(SIGUSR1);
	must(value == 77);
	must(timer_delete(far) == 0);
	caught = 0;
	must(timer_settime(own, 0, &when, NULL) == 0);
	await_signal(SIGUSR2);
	must(value == 88);
	must(timer_settime(none, 0, &when, NULL) < 0);
}

static int lock_as(int fd, int call, short type, off_t start, off_t length)
{
	struct flock lock = { .l_type = type,
			      .l_start = start,
			      .l_len = length };

	return fcntl(fd, call, &lock);
}

static int open_in(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	return fd;
}

/* Whether another process could have it. */
static int is_free(const char *name, int call, short type, off_t start)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int fd = open_in(name);

		_exit((call < 0 ? flock(fd, type | LOCK_NB)
				: lock_as(fd, call, type, start, 1)) == 0);
	}
	must(waitpid(child, &status, 0) == child);
	return WEXITSTATUS(status);
}

static void locks(void)
{
	int whole = open_in("whole"), part = open_in("part"),
	    mine = open_in("mine");

	must(flock(whole, LOCK_EX) == 0);
	must(lock_as(part, F_SETLK, F_WRLCK, 5, 10) == 0);
	must(lock_as(part, F_SETLK, F_RDLCK, 100, 0) == 0);
	must(lock_as(mine, OFD_SETLK, F_WRLCK, 7, 1) == 0);
	wait_for_go();
	must(!is_free("whole", -1, LOCK_SH, 0));
	must(!is_free("part", F_SETLK, F_RDLCK, 5));
	must(!is_free("part", F_SETLK, F_RDLCK, 14));
	must(is_free("part", F_SETLK, F_WRLCK, 4));
	must(is_free("part", F_SETLK, F_WRLCK, 15));
	must(is_free("part", F_SETLK, F_RDLCK, 1000));
	must(!is_free("part", F_SETLK, F_WRLCK, 1000));
	must(!is_free("mine", OFD_SETLK, F_RDLCK, 7));
	must(is_free("mine", OFD_SETLK, F_WRLCK, 8));
	close(open_in("part"));
	must(is_free("part", F_SETLK, F_WRLCK, 5));
	must(!is_free("mine", OFD_SETLK, F_RDLCK, 7));
	must(flock(whole, LOCK_UN) == 0);
	must(is_free("whole", -1, LOCK_EX, 0));
}

/* A segment that has no name any more, one with a key, one that is protected. */
static void ipc(void)
{
	struct {
		long type;
		char text[8];
	} message = { 3, "three" };
	int gone = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);
	int named = shmget(0x1234567, 3UL * 4096, IPC_CREAT | 0640);
	int sems = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
	int queue = msgget(0x7654321, IPC_CREAT | 0600);
	struct sembuf take = { 1, -4, IPC_NOWAIT };
	struct shmid_ds state;
	char *one, *two, *copy;

	must(gone >= 0 && named >= 0 && sems >= 0 && queue >= 0);
	one = shmat(gone, NULL, 0);
	two = shmat(named, NULL, 0);
	copy = shmat(named, NULL, SHM_RDONLY);
	must((intptr_t)one != -1 && (intptr_t)two != -1 &&
	     (intptr_t)copy != -1);
	must(shmctl(gone, IPC_RMID, NULL) == 0);
	must(mprotect(two + 4096UL, 4096UL, PROT_NONE) == 0);
	must(shmctl(named, IPC_STAT, &state) == 0);
	state.shm_perm.uid = 12;
	must(shmctl(named, IPC_SET, &state) == 0);
	one[4097] = 41;
	two[2UL * 4096] = 42;
	must(semctl(sems, 1, SETVAL, 4) == 0);
	must(msgsnd(queue, &message, 6, 0) == 0);
	message.type = 2;
	must(msgsnd(queue, &message, 0, 0) == 0);
	wait_for_go();
	must(one[4097] == 41 && two[2UL * 4096] == 42);
	two[0] = 43;
	must(copy[0] == 43 && copy[2UL * 4096] == 42);
	must(mprotect(two + 4096UL, 4096UL, PROT_READ | PROT_WRITE) == 0);
	must(shmget(0x1234567, 0, 0) == named);
	must(shmctl(named, IPC_STAT, &state) == 0);
	must(state.shm_perm.uid == 12 && (state.shm_perm.mode & 0777) == 0640);
	must(semop(sems, &take, 1) == 0);
	must(semop(sems, &take, 1) < 0 && errno == EAGAIN);
	must(msgget(0x7654321, 0) == queue);
	must(msgrcv(queue, &message, 8, 0, IPC_NOWAIT) == 6);
	must(message.type == 3 && strcmp(message.text, "three") == 0);
	must(msgrcv(queue, &message, 8, 0, IPC_NOWAIT) == 0);
	must(message.type == 2);
	/* It goes with who has it. */
	must(shmctl(gone, IPC_STAT, &state) == 0 && state.shm_nattch == 1);
	must(shmdt(one) == 0);
	must(shmctl(gone, IPC_STAT, &state) < 0);
}

static int next_event(int fd, uint32_t *mask)
{
	char bytes[512];
	struct inotify_event event;

	must(read(fd, bytes, sizeof(bytes)) > 0);
	memcpy(&event, bytes, sizeof(event));
	*mask = event.mask;
	return event.wd;
}

static void watches(void)
{
	int fd = inotify_init1(IN_CLOEXEC), first, second, file;
	char path[256];
	uint32_t mask;

	must(fd >= 0);
	must(mkdir("/dev/shm/watched", 0700) == 0);
	close(open_in("watched"));
	snprintf(path, sizeof(path), "%s/watched", dir);
	must(inotify_rm_watch(fd, inotify_add_watch(fd, "/", IN_MOVE)) == 0);
	must(next_event(fd, &mask) == 1 && mask == IN_IGNORED);
	first = inotify_add_watch(fd, path, IN_CLOSE_WRITE);
	second = inotify_add_watch(fd, "/dev/shm/watched", IN_CREATE);
	must(first == 2 && second == 3);
	wait_for_go();
	must(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 0) == 0);
	close(open_in("watched"));
	must(next_event(fd, &mask) == 2 && mask == IN_CLOSE_WRITE);
	file = open("/dev/shm/watched/x", O_RDWR | O_CREAT, 0600);
	must(file >= 0);
	must(next_event(fd, &mask) == 3 && mask == IN_CREATE);
}

static void *other_thread(void *arg)
{
	struct sched_param param = { 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(1, &one);
	must(sched_setaffinity(0, sizeof(one), &one) == 0);
	must(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param) == 0);
	must(setpriority(PRIO_PROCESS, 0, 7) == 0);
	must(syscall(SYS_ioprio_set, 1, 0, IO_BEST | 6) == 0);
	must(prctl(PR_SET_TIMERSLACK, SLACK) == 0);
	*(volatile int *)arg = 1;
	while (*(volatile int *)arg == 1)
		usleep(TICK_MS * 1000);
	must(sched_getaffinity(0, sizeof(one), &one) == 0);
	must(CPU_COUNT(&one) == 1 && CPU_ISSET(1, &one));
	must(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
	must(getpriority(PRIO_PROCESS, 0) == 7);
	must(syscall(SYS_ioprio_get, 1, 0) == (IO_BEST | 6));
	must(prctl(PR_GET_TIMERSLACK) == SLACK);
	*(volatile int *)arg = 3;
	return NULL;
}

static void scheduling(void)
{
	static int turn;
	pthread_t thread;

	must(personality(ADDR_NO_RANDOMIZE) >= 0);
	must(pthread_create(&thread, NULL, other_thread, &turn) == 0);
	wait_for_go();
	must(*(volatile int *)&turn == 1);
	*(volatile int *)&turn = 2;
	must(pthread_join(thread, NULL) == 0);
	must(turn == 3 && getpriority(PRIO_PROCESS, 0) == 0);
	must(personality(0xffffffff) == ADDR_NO_RANDOMIZE);
}

static void owners(void)
{
	struct sigaction action = { .sa_sigaction = catch,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	int ends[2];

	must(pipe(ends) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	must(fcntl(ends[0], F_SETSIG, SIGUSR1) == 0);
	must(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0);
	wait_for_go();
	must(caught == 0);
	must(write(ends[1], "x", 1) == 1);
	await_signal(SIGUSR1);
	must(fcntl(ends[0], F_GETOWN) == getpid());
}

/* Of a child that lives, and of one that is no more. */
static void pidfds(void)
{
	pid_t lives = fork(), dead;
	int fd, none;

	for (;;) {
		if (lives == 0)
			pause();
		else
			break;
	}
	dead = fork();
	if (dead == 0)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, lives, 0);
	none = (int)syscall(SYS_pidfd_open, dead, 0);
	must(fd >= 0 && none >= 0 && waitpid(dead, NULL, 0) == dead);
	wait_for_go();
	must(poll(&(struct pollfd){ none, POLLIN, 0 }, 1, 0) == 1);
	must(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 0) == 0);
	must(syscall(SYS_pidfd_send_signal, none, SIGKILL, NULL, 0) < 0);
	must(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0);
	must(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000) == 1);
	must(waitpid(lives, NULL, 0) == lives);
}

static void queues(void)
{
	struct mq_attr a = { .mq_maxmsg = 5, .mq_msgsize = 64 };
	mqd_t q = mq_open("/kept", O_RDWR | O_CREAT, 0640, &a), again;
	char text[64];

	must(q >= 0);
	wait_for_go();
	memset(&a, 0, sizeof(a));
	must(mq_getattr(q, &a) == 0 && a.mq_maxmsg == 5 && a.mq_msgsize == 64);
	again = mq_open("/kept", O_WRONLY);
	must(again >= 0 && mq_send(again, "hello", 6, 0) == 0);
	must(mq_receive(q, text, sizeof(text), NULL) == 6);
}

static void full_queue(void)
{
	mqd_t q = mq_open("/full", O_RDWR | O_CREAT, 0600, NULL);

	must(q >= 0 && mq_send(q, "hello", 6, 0) == 0);
	wait_for_go();
}

static void seals(void)
{
	int fd = (int)syscall(SYS_memfd_create, "sealed", 2);

	must(fd >= 0 && write(fd, "x", 1) == 1);
	must(fcntl(fd, 1033 /* F_ADD_SEALS */, 8 | 2) == 0);
	wait_for_go();
	must(fcntl(fd, 1034) == (8 | 2));
	must(write(fd, "y", 1) < 0 && errno == EPERM);
	must(fcntl(fd, 1033, 1) == 0);
}

const struct mode modes[] = {
	{ "timers", timers },
	{ "locks", locks },
	{ "ipc", ipc },
	{ "watches", watches },
	{ "owners", owners },
	{ "scheduling", scheduling },
	{ "pidfds", pidfds },
	{ "queues", queues },
	{ "seals", seals },
	{ "full-queue", full_queue },
	{ 0 },
};
