/* seccomp_default.c - what a container has no business with
 *
 * Each of these has let somebody out of a container, or talks to parts of the
 * kernel that know nothing of namespaces.  A capability that a call belongs to
 * opens it: who is given SYS_ADMIN is meant to mount.
 */
#include <errno.h>
#include <sched.h>

#include <linux/capability.h>
#include <linux/seccomp.h>

#include "common/count.h"
#include "seccomp_policy.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* since Linux 5.6, and not of clone(2) */
#endif

enum { NEVER = -1 }; /* no capability opens it */

enum {
	NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
		     CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP
};

enum { TTY_STI = 0x5412, TTY_LINUX = 0x541C, FAMILY_VSOCK = 40 };

static const struct denied {
	const char *call;
	int opened_by;                      /* CAP_..., or NEVER */
	int error;                          /* 0: EPERM */
	struct seccomp_condition condition; /* a mask or value of 0: none */
} list[] = {
	/* Mounts: the way out of most walls that are made of them. */
	{ "mount", CAP_SYS_ADMIN },
	{ "umount", CAP_SYS_ADMIN },
	{ "umount2", CAP_SYS_ADMIN },
	{ "pivot_root", CAP_SYS_ADMIN },
	{ "open_tree", CAP_SYS_ADMIN },
	{ "open_tree_attr", CAP_SYS_ADMIN },
	{ "move_mount", CAP_SYS_ADMIN },
	{ "fsopen", CAP_SYS_ADMIN },
	{ "fsconfig", CAP_SYS_ADMIN },
	{ "fsmount", CAP_SYS_ADMIN },
	{ "fspick", CAP_SYS_ADMIN },
	{ "mount_setattr", CAP_SYS_ADMIN },
	{ "quotactl", CAP_SYS_ADMIN },
	{ "quotactl_fd", CAP_SYS_ADMIN },
	{ "swapon", CAP_SYS_ADMIN },
	{ "swapoff", CAP_SYS_ADMIN },

	/* Namespaces: in a user namespace of one's own one is root, before all
	 * the code that had been root's alone.  The flags of clone3(2) are in
	 * memory, where no filter sees them; C libraries fall back. */
	{ "clone",
	  CAP_SYS_ADMIN,
	  0,
	  { 0, SECCOMP_ANY_BIT, true, 0, NAMESPACES } },
	{ "clone3", CAP_SYS_ADMIN, ENOSYS },
	{ "unshare",
	  CAP_SYS_ADMIN,
	  0,
	  { 0, SECCOMP_ANY_BIT, true, 0, NAMESPACES | CLONE_NEWTIME } },
	{ "setns", CAP_SYS_ADMIN },

	/* By handle any file of the filesystem can be opened (CVE-2014-3519). */
	{ "open_by_handle_at", CAP_DAC_READ_SEARCH },

	/* The terminal of whoever started us (CVE-2017-5226, CVE-2023-1523). */
	{ "ioctl", NEVER, 0, { 1, SECCOMP_EQ, true, TTY_STI, 0 } },
	{ "ioctl", NEVER, 0, { 1, SECCOMP_EQ, true, TTY_LINUX, 0 } },

	/* Code in the kernel, or a new kernel. */
	{ "bpf", CAP_BPF },
	{ "init_module", CAP_SYS_MODULE },
	{ "finit_module", CAP_SYS_MODULE },
	{ "delete_module", CAP_SYS_MODULE },
	{ "create_module", CAP_SYS_MODULE },
	{ "query_module", CAP_SYS_MODULE },
	{ "get_kernel_syms", CAP_SYS_MODULE },
	{ "kexec_load", NEVER },
	{ "kexec_file_load", NEVER },

	/* Large and young: where most holes of the last years were. */
	{ "io_uring_setup", NEVER },
	{ "io_uring_enter", NEVER },
	{ "io_uring_register", NEVER },
	{ "userfaultfd", CAP_SYS_PTRACE },
	{ "perf_event_open", CAP_PERFMON },

	/* No namespace has keyrings, clocks, accounting or a log of its own. */
	{ "keyctl", NEVER },
	{ "add_key", NEVER },
	{ "request_key", NEVER },
	{ "settimeofday", CAP_SYS_TIME },
	{ "clock_settime", CAP_SYS_TIME },
	{ "clock_settime64", CAP_SYS_TIME },
	{ "stime", CAP_SYS_TIME },
	{ "acct", CAP_SYS_PACCT },
	{ "syslog", CAP_SYSLOG },

	/* Of the machine, or long forgotten. */
	{ "lookup_dcookie", CAP_SYS_ADMIN },
	{ "iopl", CAP_SYS_RAWIO },
	{ "ioperm", CAP_SYS_RAWIO },
	{ "vm86", NEVER },
	{ "vm86old", NEVER },
	{ "_sysctl", NEVER },
	{ "nfsservctl", NEVER },
	{ "uselib", NEVER },

	/* To the hypervisor and its other guests. */
	{ "socket", NEVER, 0, { 0, SECCOMP_EQ, true, FAMILY_VSOCK, 0 } },
};

static uint32_t answer(const struct denied *d, bool log)
{
	if (log)
		return SECCOMP_RET_LOG;
	return SECCOMP_RET_ERRNO | (uint32_t)(d->error ? d->error : EPERM);
}

uint64_t seccomp_policy_openers(void)
{
	uint64_t caps = 0;

	for (const struct denied *d = list; d < list + COUNT(list); d++)
		if (d->opened_by != NEVER)
			caps |= UINT64_C(1) << d->opened_by;
	return caps;
}

void seccomp_policy_default(struct seccomp_policy *p, uint64_t caps, bool log)
{
	seccomp_policy_init(p, SECCOMP_RET_ALLOW);
	if (log)
		p->unknown = SECCOMP_RET_LOG;
	for (const struct denied *d = list; d < list + COUNT(list); d++) {
		const struct seccomp_condition *c = &d->condition;

		if (d->opened_by != NEVER && caps >> d->opened_by & 1)
			continue;
		/* There is room: the list is much shorter than the rules. */
		(void)seccomp_policy_add(p, d->call, answer(d, log), c,
					 c->value || c->mask);
	}
}
