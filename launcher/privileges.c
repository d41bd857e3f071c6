/* privileges.c - what a command may no longer do: the walls, in their order */
#include "privileges.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

#include "caps.h"
#include "common/report.h"
#include "seccomp.h"
#include "spec.h"
#include "user.h"

/* Where the command begins must be inside: a working directory that leads out
 * through a leaked descriptor gave the host away (CVE-2024-21626). */
static void enter_workdir(const char *dir)
{
	static char cwd[PATH_MAX];

	if (!dir)
		return; /* We are in / already. */
	if (chdir(dir) < 0)
		die("cannot enter '%s' (--workdir)", dir);
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || cwd[0] != '/')
		diex("cannot use '%s' as working directory: it is outside the root",
		     dir);
}

/* Behind the usual filter nobody asks for keys.  Elsewhere those of the caller's
 * session are not to be found: disks and tickets open with them. */
static void leave_keyring(const struct spec *spec)
{
	if (spec->seccomp == SECCOMP_DEFAULT ||
	    (spec->seccomp == SECCOMP_UNSET && !spec->privileged))
		return;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS && errno != EPERM)
		die("cannot leave the caller's keyring");
}

/* Who is not root has what was added for him, and passes it on to programs. */
static uint64_t ambient(const struct spec *spec, const struct user *user)
{
	if (user->uid == 0)
		return 0;
	return spec->caps_add & SPEC_CAPS_ALL ? spec->caps
					      : spec->caps & spec->caps_add;
}

/* The filter comes last, so that it may refuse what we do here; but under
 * new_privs only who has CAP_SYS_ADMIN may set one.  The directory as the user,
 * who must be allowed to enter it. */
void privileges_drop(const struct spec *spec, const struct user *user,
		     const char *workdir)
{
	const uint64_t added = ambient(spec, user);
	const bool all = spec->caps_add & SPEC_CAPS_ALL;

	/* With less than it has got, whoever else has no more may trace us, if he
	 * sees us (--pid host): our memory is the launcher's, our descriptors
	 * lead out.  The command is another matter: exec resets it. */
	prctl(PR_SET_DUMPABLE, 0);
	leave_keyring(spec);
	if (!spec->new_privs && !spec->privileged &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("cannot set no_new_privs (--new-privs goes without)");
	if (spec->new_privs || spec->privileged)
		seccomp_apply(spec);
	if (!spec->privileged)
		caps_bound(spec->caps);
	if (added)
		caps_keep();
	user_become(user, spec->user_namespace);
	enter_workdir(workdir);
	if (added)
		caps_pass_on(added, all);
	else if (!spec->privileged)
		caps_limit(user->uid == 0 ? spec->caps : 0, all);
	if (!spec->new_privs && !spec->privileged)
		seccomp_apply(spec);
}
