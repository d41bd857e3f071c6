/* archive.c - unpack an archive that a stranger has made */
#include "archive.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "caps.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "spec.h"

#define CAP(name) (UINT64_C(1) << (name))

enum { TAR_FAILED = 1, NO_TAR = 127 };

/* Owners, modes and nodes as they are in the archive. */
static const uint64_t powers = CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) |
			       CAP(CAP_FOWNER) | CAP(CAP_FSETID) |
			       CAP(CAP_MKNOD);

static int make_tmpfs(uint64_t bytes)
{
	autofd int fs = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);
	char size[32];

	format(size, sizeof(size), "%" PRIu64, bytes);
	if (fs < 0 ||
	    sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "755", 0) < 0 ||
	    sys_fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
	    sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return sys_fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
}

/* What can be written is the working directory, which is mounted nowhere. */
static void confine(int tree)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("cannot make namespaces for tar");
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr) < 0)
		die("cannot make all but the new root read-only");
	if (fchdir(tree) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("cannot confine tar");
	caps_bound(powers);
	caps_limit(powers, false);
}

noreturn static void run_tar(int file, int tree)
{
	/* By name, as it looks at the beginning of a file to know what it is. */
	static const char *const argv[] = { "tar", "--numeric-owner", "-xpf",
					    "/proc/self/fd/0", NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C",
					   NULL };
	const uint64_t none = 0;

	report_status(TAR_FAILED);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	confine(tree);
	if (dup2(file, STDIN_FILENO) < 0)
		die("cannot hand the archive to tar");
	signals_reset(~0ULL);
	signals_set_mask(&none);
	sys_execve("/usr/bin/tar", argv, env);
	sys_execve("/bin/tar", argv, env);
	_exit(NO_TAR);
}

/* All signals are blocked; who is told to end does not unpack to the end. */
static int wait_for(pid_t pid, int *status)
{
	for (;;) {
		pid_t ended = waitpid(pid, status, WNOHANG);
		int number;

		if (ended != 0)
			return ended < 0 ? -1 : 0;
		number = signals_wait(-1);
		if (number == SIGTERM || number == SIGINT ||
		    number == SIGQUIT || number == SIGHUP) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return -1;
		}
	}
}

static int judge(const struct spec *spec, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_TAR)
		return failx("cannot unpack '%s': there is no /usr/bin/tar",
			     spec->rootfs);
	return failx("cannot unpack '%s' into %" PRIu64
		     " MiB: tar failed (--root-size)",
		     spec->rootfs, spec_root_size(spec) >> 20);
}

int archive_unpack(const struct spec *spec, int file)
{
	autofd int tree = make_tmpfs(spec_root_size(spec));
	int status;
	pid_t pid;

	if (tree < 0)
		return fail("cannot make a tmpfs for '%s'", spec->rootfs);
	pid = fork();
	if (pid == 0)
		run_tar(file, tree);
	if (pid < 0)
		return fail("cannot fork");
	if (wait_for(pid, &status) < 0)
		return failx("cannot unpack '%s': told to end", spec->rootfs);
	return judge(spec, status) < 0 ? -1 : fd_take(&tree);
}
