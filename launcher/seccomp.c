/* seccomp.c - the filter of system calls */
#include "seccomp.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "common/count.h"
#include "common/report.h"
#include "seccomp_policy.h"
#include "spec.h"

/* default_filter, and the capabilities with which it would not be right. */
#include DEFAULT_FILTER

static int install(const struct sock_filter *filter, size_t count)
{
	/* The kernel's own structure, but for what it does not change. */
	const struct {
		unsigned short len;
		const struct sock_filter *filter;
	} program = { (unsigned short)count, filter };

	/* Before Linux 5.16 a filter switched speculation off, which slows
	 * everything down and helps nobody who runs no JIT of strangers'. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
		return 0;
	if (errno != EINVAL) /* Before Linux 4.17. */
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* For what is not the default: made when it is asked for. */
static int make_and_install(const struct spec *spec)
{
	static struct seccomp_policy policy;
	static struct sock_filter filter[SECCOMP_FILTER_MAX];
	int count;

	seccomp_policy_default(&policy, spec->caps,
			       spec->seccomp == SECCOMP_LOG);
	count = seccomp_policy_compile(&policy, filter, COUNT(filter));
	return count < 0 ? -1 : install(filter, (size_t)count);
}

void seccomp_apply(const struct spec *spec)
{
	bool usual = spec->seccomp != SECCOMP_LOG && !(spec->caps & openers);

	if (spec->seccomp == SECCOMP_NONE ||
	    (spec->seccomp == SECCOMP_UNSET && spec->privileged))
		return;
	if ((usual ? install(default_filter, COUNT(default_filter))
		   : make_and_install(spec)) == 0)
		return;
	if (errno == EINVAL || errno == ENOSYS)
		diex("cannot filter system calls: this kernel has no seccomp "
		     "(--seccomp none goes without)");
	die("cannot filter system calls (--seccomp)");
}
