/* cr_pipe.c - pipes and fifos with what is in them, into an image and back */
#include "cr_pipe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "cr_places.h"
#include "cr_seize.h"

enum { PIPE_MAX = 1 << 20 };

/* By another open of it: its own may be the end for writing. */
static int save_pipe(struct cr_image *image, const struct cr_open *o,
		     struct cr_file *f, uint32_t number)
{
	static char bytes[PIPE_MAX];
	autofd int in = -1, out = -1, pipe_end = -1;
	struct cr_data *data;
	char name[64];
	int ends[2], waiting = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", o->p->pid, o->fd);
	pipe_end = openat(AT_FDCWD, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe_end < 0 || ioctl(pipe_end, FIONREAD, &waiting) < 0)
		return fail("cannot read the pipe of process %d", o->p->inner);
	f->size = (uint64_t)fcntl(pipe_end, F_GETPIPE_SZ);
	if (waiting == 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail("cannot create a pipe");
	in = ends[0];
	out = ends[1];
	fcntl(out, F_SETPIPE_SZ, (int)f->size);
	if (tee(pipe_end, out, PIPE_MAX, SPLICE_F_NONBLOCK) != waiting)
		return failx("cannot read all that is in a pipe of process %d",
			     o->p->inner);
	n = read_all(in, bytes, (size_t)waiting);
	if (n != waiting)
		return fail("cannot read the pipe of process %d", o->p->inner);
	data = cr_add(image, CR_DATA, sizeof(*data) + (size_t)n);
	data->file = number;
	memcpy(data->bytes, bytes, (size_t)n);
	return 0;
}

/* Its content goes with the first of its ends. */
static bool is_first_end(const struct cr_image *image, uint64_t id)
{
	const struct cr_file *f;

	cr_each (f, image, NULL, CR_FILE, 0)
		if (f->kind == CR_PIPE && f->id == id)
			return false;
	return true;
}

int cr_pipe_dump(struct cr_image *image, const struct cr_open *o,
		 const struct cr_known *k, const char *path)
{
	uint64_t id = k->name;
	bool first = is_first_end(image, id);
	struct cr_file *f = cr_known_add(image, k, path);
	uint32_t number = (uint32_t)cr_known_last();

	if (!f)
		return -1;
	f->id = id;
	f->mode = S_IFIFO;
	return first && cr_known_content() && save_pipe(image, o, f, number) < 0
		       ? -1
		       : 0;
}

/* Both ends; a fifo is opened by its name. */
static void open_both(const struct cr_file *f, int ends[2])
{
	if (!*f->path) {
		if (pipe(ends) < 0)
			die("cannot make a pipe");
		return;
	}
	ends[0] = openat(AT_FDCWD, f->path, O_RDWR | O_NONBLOCK);
	ends[1] = ends[0] < 0 ? -1 : dup(ends[0]);
	if (ends[1] < 0)
		die("cannot open '%s' again", f->path);
}

static void fill_pipe(const struct cr_image *image, size_t number, int fd)
{
	const struct cr_data *data;

	cr_each (data, image, NULL, CR_DATA, 0) {
		size_t size = cr_length(data) - sizeof(*data);

		if (data->file == number &&
		    write_all(fd, data->bytes, size) < 0)
			die("cannot fill a pipe");
	}
}

/* One end, and at once all others of the same pipe. */
void cr_pipe_restore(const struct cr_image *image, size_t first, int files)
{
	const struct cr_file *f = image->files[first];
	int ends[2];

	for (size_t i = 0; i < first; i++)
		if (image->files[i]->kind == CR_PIPE &&
		    image->files[i]->id == f->id)
			return; /* done with that one */
	open_both(f, ends);
	/* What does not fit would be waited for. */
	if (f->size > 0 && f->size <= INT32_MAX &&
	    fcntl(ends[1], F_SETPIPE_SZ, (int)f->size) < 0)
		die("cannot make a pipe for %u bytes", (unsigned int)f->size);
	for (size_t i = first; i < image->file_count; i++) {
		const struct cr_file *o = image->files[i];
		int end;

		if (o->kind != CR_PIPE || o->id != f->id)
			continue;
		fill_pipe(image, i, ends[1]);
		/* An open file of its own: flags are not shared. */
		end = openat(AT_FDCWD, fd_name(ends[1]).text,
			     cr_open_flags(o) | O_NONBLOCK);
		if (end < 0)
			die("cannot open a pipe again");
		cr_set_flags(end, o->flags);
		cr_give(end, files + (int)i);
	}
	close(ends[0]);
	close(ends[1]);
}
