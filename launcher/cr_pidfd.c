/* cr_pidfd.c - descriptors of processes, into an image and back */
#include "cr_pidfd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/report.h"
#include "common/text.h"
#include "cr_obstacle.h"
#include "cr_proc.h"

/* "NSpid:\t100\t5" of one inside; of one that is no more "Pid:\t-1". */
int cr_pidfd_dump(struct cr_image *image, const struct cr_open *o,
		  const struct cr_known *k)
{
	const char *pid = cr_field(o->info, "Pid");
	unsigned int depth;
	int inner = cr_inner(o->info, "NSpid", &depth);
	bool ended = pid && starts_with(pid, "\t-1");
	struct cr_file *f;

	if (!ended && (depth < 2 || inner <= 0))
		return cr_obstacle(o->p, "fd %d is a process outside of it",
				   o->fd) < 0
			       ? -1
			       : 1;
	f = cr_known_add(image, k, "");
	if (f)
		f->id = ended ? 0 : (uint64_t)inner;
	return f ? 0 : -1;
}

static int open_of(pid_t pid, uint32_t flags)
{
	int fd = (int)syscall(SYS_pidfd_open, pid,
			      flags & (O_NONBLOCK | O_EXCL));

	if (fd < 0)
		die("cannot open process %d again", pid);
	return fd;
}

int cr_pidfd_open(const struct cr_file *f)
{
	pid_t pid;
	int fd;

	if (f->id)
		return open_of((pid_t)f->id, f->flags);
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (pid == 0)
		_exit(0);
	fd = open_of(pid, f->flags);
	waitpid(pid, NULL, 0);
	return fd;
}
