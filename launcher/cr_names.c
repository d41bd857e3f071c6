/* cr_names.c - the hostname and domainname of a container, into an image and back */
#include "cr_names.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"

int cr_names_dump(struct cr_container *r, pid_t init, const char *name)
{
	char path[32];
	struct utsname names;
	autofd int uts = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", init);
	uts = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (uts < 0 || setns(uts, CLONE_NEWUTS) < 0 || uname(&names) < 0)
		return fail("cannot read the hostname of '%s'", name);
	snprintf(r->hostname, sizeof(r->hostname), "%s", names.nodename);
	snprintf(r->domainname, sizeof(r->domainname), "%s", names.domainname);
	snprintf(r->kernel, sizeof(r->kernel), "%s", names.release);
	return 0;
}

void cr_names_restore(const struct cr_image *image)
{
	const struct cr_container *c = cr_only(image, CR_CONTAINER);

	if (sethostname(c->hostname, strlen(c->hostname)) < 0 ||
	    setdomainname(c->domainname, strlen(c->domainname)) < 0)
		die("cannot restore the hostname '%s'", c->hostname);
}
