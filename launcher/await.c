/* await.c - wait for the child, which may never come up
 *
 * All signals are blocked, and stay so: who is held up looks every now and then
 * whether one is pending.  Nothing here may touch errno, which is the child's.
 */
#include "await.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clone.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/syscalls.h"
#include "process.h"
#include "start.h"

enum { LOOK_MS = 100, FUTEX_WAIT_SHARED = 0 /* as is the kernel's own wake */ };

static void wait_a_while(const volatile int *word)
{
	const struct timespec time = { .tv_nsec = LOOK_MS * 1000000L };

	sys_quiet(SYS_futex, (long)word, FUTEX_WAIT_SHARED, 1, (long)&time);
}

static bool is_stopped(const struct start *s)
{
	return sys_quiet(SYS_faccessat, s->container->dir, (long)"stop", F_OK,
			 0) == 0;
}

int await_wish(const struct start *s)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
	uint64_t pending = 0;

	sys_quiet(SYS_rt_sigpending, (long)&pending, sizeof(pending), 0, 0);
	for (size_t i = 0; i < COUNT(ends); i++)
		if (pending >> (ends[i] - 1) & 1)
			return 128 + ends[i];
	if (is_stopped(s))
		return 128 + SIGTERM;
	return s->until_ms && now_ms() >= s->until_ms ? STATUS_TIMEOUT : 0;
}

int await_child(struct start *s)
{
	int64_t until = 0;
	int status = 0;

	while (s->child_tid) {
		wait_a_while(&s->child_tid);
		if (!s->child_tid)
			break;
		if (status && now_ms() >= until)
			clone_give_up(s->container);
		if (status)
			continue;
		status = await_wish(s);
		until = now_ms() + CLONE_DIE_MS;
		if (status)
			kill(s->container->pid, SIGKILL);
	}
	return status;
}
