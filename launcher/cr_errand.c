/* cr_errand.c - something done under another pid and by somebody else */
#include "cr_errand.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/securebits.h>

#include "common/report.h"
#include "common/syscalls.h"

enum { STACK_BYTES = 32768 };

static void change_and_run(void *arg)
{
	const struct cr_errand *e = arg;

	/* Capabilities stay. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ||
	    syscall(SYS_setresgid, e->gid, e->gid, e->gid) < 0 ||
	    syscall(SYS_setresuid, e->uid, e->uid, e->uid) < 0)
		die("cannot become user %u", e->uid);
	e->run(e->arg);
	_exit(0);
}

void cr_run_as(struct cr_errand *e)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	uint64_t tid = (uint64_t)e->pid;
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
		.set_tid = (uintptr_t)&tid,
		.set_tid_size = 1,
	};
	int32_t wanted = e->pid;
	long pid;

	if (wanted <= 1) {
		args.set_tid = 0;
		args.set_tid_size = 0;
	}
	/* Ours, which nobody else can have. */
	if (wanted == 1 && e->uid == 0 && e->gid == 0) {
		e->run(e->arg);
		return;
	}
	pid = sys_clone3_call(&args, change_and_run, e);
	if (pid < 0) {
		errno = (int)-pid;
		die("cannot make a process with pid %d", wanted);
	}
	while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
		;
}
