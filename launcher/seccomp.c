/* seccomp.c - the filter of system calls */
#include "seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "seccomp_policy.h"
#include "seccomp_profile.h"
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

/* The filter of a file, from seccomp_prepare() on. */
static struct sock_filter prepared[SECCOMP_FILTER_MAX];
static size_t prepared_count;

int seccomp_prepare(const struct spec *spec)
{
	static struct seccomp_policy policy;
	int count;

	if (spec->seccomp != SECCOMP_FILE || prepared_count)
		return 0;
	if (seccomp_profile_read(&policy, spec->seccomp_file, spec->caps) < 0)
		return -1;
	count = seccomp_policy_compile(&policy, prepared, COUNT(prepared));
	if (count < 0)
		return fail("cannot use the filter '%s' (--seccomp)",
			    spec->seccomp_file);
	prepared_count = (size_t)count;
	return 0;
}

int seccomp_save(const struct spec *spec, int dir)
{
	autofd int file = -1;

	if (spec->seccomp != SECCOMP_FILE)
		return 0;
	file = openat(dir, "seccomp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	if (file < 0 ||
	    write_all(file, prepared, prepared_count * sizeof(*prepared)) < 0)
		return fail("cannot keep the filter '%s' (--seccomp)",
			    spec->seccomp_file);
	return 0;
}

int seccomp_load(const struct spec *spec, int dir)
{
	autofd int file = -1;
	ssize_t size;

	if (spec->seccomp != SECCOMP_FILE)
		return 0;
	file = openat(dir, "seccomp", O_RDONLY | O_CLOEXEC);
	size = file < 0 ? -1 : read_all(file, prepared, sizeof(prepared));
	if (size <= 0)
		return fail("cannot read the filter that '%s' was started with",
			    spec->name);
	prepared_count = (size_t)size / sizeof(*prepared);
	return 0;
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

static int apply(const struct spec *spec)
{
	if (spec->seccomp == SECCOMP_FILE)
		return install(prepared, prepared_count);
	if (spec->seccomp == SECCOMP_LOG || spec->caps & openers)
		return make_and_install(spec);
	return install(default_filter, COUNT(default_filter));
}

void seccomp_apply(const struct spec *spec)
{
	if (spec->seccomp == SECCOMP_NONE ||
	    (spec->seccomp == SECCOMP_UNSET && spec->privileged))
		return;
	if (apply(spec) == 0)
		return;
	if (errno == EINVAL || errno == ENOSYS)
		diex("cannot filter system calls: this kernel has no seccomp "
		     "(--seccomp none goes without)");
	die("cannot filter system calls (--seccomp)");
}
