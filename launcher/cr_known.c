/* cr_known.c - the open files that are in an image already */
#include "cr_known.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kcmp.h>

#include "common/report.h"
#include "cr_seize.h"

static struct cr_known known[CR_FILES_MAX];
static size_t known_count;

static bool with_content;

void cr_known_begin(struct cr_image *image, bool content)
{
	with_content = content;
	known_count = image->file_count = 0;
}

bool cr_known_content(void)
{
	return with_content;
}

int cr_fail_read(const struct cr_held *p, const char *what)
{
	if (!with_content)
		return -2;
	return fail("cannot read '/proc/%d/%s'", p->pid, what);
}

uint64_t cr_known_name(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

int cr_known_find(const struct cr_known *k)
{
	for (size_t i = 0; i < known_count; i++) {
		const struct cr_known *o = known + i;

		if (o->name != k->name || o->flags != k->flags ||
		    o->kind != k->kind || o->position != k->position ||
		    (o->pid == 0) != (k->pid == 0))
			continue;
		if (k->pid == 0 || syscall(SYS_kcmp, o->pid, k->pid, KCMP_FILE,
					   o->fd, k->fd) == 0)
			return (int)i;
	}
	return -1;
}

struct cr_file *cr_known_add(struct cr_image *image, const struct cr_known *k,
			     const char *path)
{
	size_t size = strlen(path) + 1;
	struct cr_file *f;

	if (known_count == CR_FILES_MAX) {
		failx("cannot checkpoint more than %d open files",
		      CR_FILES_MAX);
		return NULL;
	}
	f = cr_add(image, CR_FILE, sizeof(*f) + size);
	f->kind = k->kind;
	f->flags = k->flags;
	f->position = k->position;
	memcpy(f->path, path, size);
	known[known_count] = *k;
	known[known_count++].file = f;
	image->file_count = known_count;
	return f;
}

int cr_known_last(void)
{
	return (int)known_count - 1;
}

struct cr_file *cr_known_file(int number)
{
	return known[number].file;
}

int cr_open_copy(const struct cr_open *o)
{
	return (int)syscall(SYS_pidfd_getfd, o->pidfd, o->fd, 0);
}
