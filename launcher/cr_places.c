/* cr_places.c - where a process that is to become one of an image has its fds */
#include "cr_places.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/report.h"

enum { LOWEST = 16 };

struct cr_places cr_places(const struct cr_image *image)
{
	struct cr_places at;
	const struct cr_fd *fd;
	const struct cr_pty *pty;
	int highest = LOWEST + (int)image->store_count; /* the stem's own */

	cr_each (fd, image, NULL, CR_FD, 0)
		if (fd->fd > highest)
			highest = fd->fd;
	at.first = at.files = highest + 1;
	at.caller = at.files + (int)image->file_count;
	at.pages = at.caller + CR_CALLER_FDS;
	at.control = at.pages + (int)image->store_count;
	at.faults = at.control + 1;
	at.masters = at.faults + 1;
	at.last = at.masters;
	cr_each (pty, image, NULL, CR_PTY, 0)
		at.last++;
	return at;
}

void cr_put(int fd, int at)
{
	if (dup2(fd, at) < 0)
		die("cannot open as many files as the image has");
}

void cr_give(int fd, int at)
{
	if (fd < 0)
		return;
	cr_put(fd, at);
	close(fd);
}

void cr_set_flags(int fd, uint32_t flags)
{
	if (fcntl(fd, F_SETFL, (int)flags) < 0)
		die("cannot restore the flags of an open file");
}

/* What a file is opened with again is not what it was made with; and by O_ASYNC
 * nobody would be told, as it is there already when fcntl(2) is to set it. */
int cr_open_flags(const struct cr_file *f)
{
	return (int)(f->flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC |
					    O_CLOEXEC | O_ASYNC)) |
	       O_NOCTTY;
}
