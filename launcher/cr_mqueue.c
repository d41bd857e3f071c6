/* cr_mqueue.c - queues of mq_open(3), into an image and back */
#include "cr_mqueue.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/mount.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "cr_obstacle.h"

enum { MAGIC = 0x19800202 /* MQUEUE_MAGIC */ };

/* As the kernel has it. */
struct attributes {
	long flags, most, size, count, reserved[4];
};

bool cr_is_mqueue(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == MAGIC;
}

static int dump_one(struct cr_image *image, int dir, const char *name)
{
	autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct attributes a = { 0 };
	struct cr_queue *q;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    syscall(SYS_mq_getsetattr, fd, NULL, &a) < 0)
		return fail("cannot look at the message queue '/%s'", name);
	if (a.count)
		return cr_obstacle(NULL, "the queue '/%s' holds messages",
				   name);
	q = cr_add(image, CR_QUEUE, sizeof(*q) + strlen(name) + 1);
	q->mode = st.st_mode;
	q->uid = st.st_uid;
	q->gid = st.st_gid;
	q->most = a.most;
	q->size = a.size;
	memcpy(q->name, name, strlen(name) + 1);
	return 0;
}

static DIR *open_queues(void)
{
	autofd int mount = sys_mount_nowhere("mqueue", 0);

	return mount < 0
		       ? NULL
		       : fdopendir(openat(mount, ".",
					  O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int cr_mqueue_dump(struct cr_image *image)
{
	DIR *list = open_queues();
	const struct dirent *entry;
	int result = 0;

	while (list && result == 0 && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			result = dump_one(image, dirfd(list), entry->d_name);
	if (list)
		closedir(list);
	return result; /* or the kernel has none */
}

void cr_mqueue_restore(const struct cr_image *image)
{
	const struct cr_queue *q;

	cr_each (q, image, NULL, CR_QUEUE, 0) {
		const struct attributes a = { .most = q->most,
					      .size = q->size };
		autofd int fd =
			(int)syscall(SYS_mq_open, q->name,
				     O_RDWR | O_CREAT | O_EXCL, 0600, &a);

		if (fd < 0 || fchown(fd, q->uid, q->gid) < 0 ||
		    fchmod(fd, q->mode & 07777) < 0)
			die("cannot make the message queue '/%s'", q->name);
	}
}

int cr_mqueue_open(const struct cr_file *f)
{
	return (int)syscall(SYS_mq_open, f->path + 1,
			    f->flags & (O_ACCMODE | O_NONBLOCK), 0, NULL);
}
