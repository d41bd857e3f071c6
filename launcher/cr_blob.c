/* cr_blob.c - files that have no name any more, and memory with one */
#include "cr_blob.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_obstacle.h"
#include "cr_places.h"
#include "cr_seize.h"
#include "cr_store.h"

int cr_blob_dump(struct cr_image *image, const struct cr_held *p,
		 const char *link, const char *path, bool writes)
{
	struct cr_known k = { .kind = CR_BLOB };
	autofd int fd = -1;
	char name[80], id[64];
	struct cr_file *f;
	struct stat st;
	int64_t offset;
	int found, seals;

	snprintf(name, sizeof(name), "/proc/%d/%s", p->pid, link);
	fd = openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return cr_obstacle(p, "'%s' has no name any more", path) < 0
			       ? -1
			       : -2;
	snprintf(id, sizeof(id), "%llx:%llx", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	k.name = cr_known_name(id);
	found = cr_known_find(&k);
	if (found >= 0) {
		cr_known_file(found)->flags |= writes ? O_RDWR : 0;
		return found;
	}
	seals = fcntl(fd, F_GET_SEALS);
	offset = cr_known_content()
			 ? cr_write_file(image, fd, (uint64_t)st.st_size)
			 : 0;
	if (offset < 0)
		return fail("cannot save the content of '%s'", path);
	path = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (starts_with(path, "memfd:"))
		path += strlen("memfd:");
	f = cr_known_add(image, &k, path);
	if (!f)
		return -1;
	f->flags = writes ? O_RDWR : O_RDONLY;
	f->id = (uint64_t)offset;
	f->size = (uint64_t)st.st_size;
	f->mode = st.st_mode;
	f->role = (uint32_t)(seals < 0 ? F_SEAL_SEAL : seals);
	return cr_known_last();
}

bool cr_is_deleted(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(path);

	return len >= sizeof(mark) - 1 &&
	       strcmp(path + len - (sizeof(mark) - 1), mark) == 0;
}

int cr_blob_open(const struct cr_image *image, const struct cr_file *f)
{
	off_t offset = (off_t)f->id;
	autofd int fd = -1;
	uint64_t left = f->size;
	char name[64];

	snprintf(name, sizeof(name), "%.40s", f->path);
	fd = memfd_create(name, f->role == F_SEAL_SEAL ? 0 : MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)f->size) < 0)
		die("cannot make the file '%s'", name);
	while (left > 0) {
		ssize_t n = sendfile(fd, image->pages[0], &offset, left);

		if (n <= 0)
			die("cannot fill the file '%s'", name);
		left -= (uint64_t)n;
	}
	if (fchmod(fd, f->mode & 07777) < 0)
		die("cannot make the file '%s' what it was", name);
	if (f->role && f->role != F_SEAL_SEAL &&
	    fcntl(fd, F_ADD_SEALS, f->role) < 0)
		die("cannot seal the file '%s'", name);
	if (f->flags & O_RDWR)
		return fd_take(&fd);
	/* Nobody can execute what somebody can write to. */
	return openat(AT_FDCWD, fd_name(fd).text, O_RDONLY);
}

int cr_blob_reopen(const struct cr_file *f, int blob)
{
	int fd = openat(AT_FDCWD, fd_name(blob).text, cr_open_flags(f));

	if (fd < 0 ||
	    (f->position && lseek(fd, (off_t)f->position, SEEK_SET) < 0))
		die("cannot open a file without a name again");
	return fd;
}
