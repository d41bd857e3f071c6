/* cr_tty.c - the ptys of a container, into an image and back */
#include "cr_tty.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/major.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"

struct pts_name {
	char text[32];
};

static struct pts_name pts_name(uint64_t number)
{
	struct pts_name name;

	snprintf(name.text, sizeof(name.text), "/dev/pts/%u",
		 (unsigned int)number);
	return name;
}

static int open_slave(const char *name)
{
	return openat(AT_FDCWD, name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int32_t cr_tty_of(uint64_t device)
{
	/* As stat(5) has it: the major number between two halves of the other. */
	unsigned int number = (device & 0xff) | (device >> 12 & 0xfff00);

	return (device >> 8 & 0xfff) == UNIX98_PTY_SLAVE_MAJOR &&
			       number < CR_PTYS_MAX
		       ? (int32_t)number + 1
		       : 0;
}

/* One that is locked has no state yet that would be worth it. */
static void dump_one(struct cr_image *image, int fd, uint64_t number)
{
	struct cr_pty *pty = cr_add(image, CR_PTY, sizeof(*pty));
	struct stat st;

	pty->number = (uint32_t)number;
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	pty->mode = st.st_mode;
	pty->uid = st.st_uid;
	pty->gid = st.st_gid;
	ioctl(fd, TCGETS, pty->termios);
	ioctl(fd, TIOCGWINSZ, pty->size);
}

int cr_tty_dump(struct cr_image *image, pid_t init)
{
	char path[40];
	autofd int root = -1;
	int dir;
	DIR *list;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/root", init);
	root = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	dir = root < 0 ? -1
		       : path_open_in(root, "/dev/pts", O_RDONLY | O_DIRECTORY);
	list = dir < 0 ? NULL : fdopendir(dir);
	if (!list)
		return 0; /* it has none */
	while ((entry = readdir(list))) {
		autofd int slave = -1;
		uint64_t number;

		if (parse_uint(entry->d_name, CR_PTYS_MAX - 1, &number) < 0)
			continue;
		slave = openat(dir, entry->d_name,
			       O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		dump_one(image, slave, number);
	}
	closedir(list);
	return 0;
}

static void set_up(const struct cr_pty *pty)
{
	autofd int slave = open_slave(pts_name(pty->number).text);

	if (slave < 0)
		die("cannot open '%s'", pts_name(pty->number).text);
	if (!pty->mode)
		return;
	if (ioctl(slave, TCSETS, pty->termios) < 0 ||
	    ioctl(slave, TIOCSWINSZ, pty->size) < 0 ||
	    fchown(slave, pty->uid, pty->gid) < 0 ||
	    fchmod(slave, pty->mode & 07777) < 0)
		die("cannot restore the terminal '%s'",
		    pts_name(pty->number).text);
}

int cr_tty_master(const struct cr_image *image, int masters, uint64_t number)
{
	const struct cr_pty *pty;

	cr_each (pty, image, NULL, CR_PTY, 0) {
		if (pty->number == number)
			return masters;
		masters++;
	}
	return -1;
}

/* Up to the highest; those between are needed only until then. */
static void make_ptys(const struct cr_image *image, int masters, int highest)
{
	static int spare[CR_PTYS_MAX];
	int count = 0, number = -1, unlocked = 0;

	while (number < highest) {
		int fd = openat(AT_FDCWD, "/dev/pts/ptmx",
				O_RDWR | O_NOCTTY | O_CLOEXEC);
		int at;

		if (fd < 0 || ioctl(fd, TIOCGPTN, &number) < 0 ||
		    ioctl(fd, TIOCSPTLCK, &unlocked) < 0)
			die("cannot make a pty");
		at = cr_tty_master(image, masters, (uint64_t)number);
		if (at >= 0 && dup2(fd, at) < 0)
			die("cannot make a pty");
		spare[count++] = fd;
	}
	while (count > 0)
		close(spare[--count]);
}

void cr_tty_restore(const struct cr_image *image, int masters)
{
	const struct cr_container *c = cr_only(image, CR_CONTAINER);
	const struct cr_pty *pty;
	int highest = c->tty ? 0 : -1;

	cr_each (pty, image, NULL, CR_PTY, 0)
		if ((int)pty->number > highest)
			highest = (int)pty->number;
	if (highest > (c->tty ? 0 : -1))
		make_ptys(image, masters, highest);
	cr_each (pty, image, NULL, CR_PTY, 0)
		set_up(pty);
}

void cr_tty_take(const struct cr_process *p)
{
	struct pts_name name = pts_name((uint64_t)p->tty - 1);
	autofd int slave = open_slave(name.text);

	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		die("cannot make '%s' the terminal of process %d", name.text,
		    p->pid);
}

/* The group may be gone, and nobody waits for the terminal. */
void cr_tty_give(const struct cr_process *p)
{
	autofd int slave = open_slave(pts_name((uint64_t)p->tty - 1).text);
	int group = p->foreground;

	if (slave >= 0 && group > 0)
		ioctl(slave, TIOCSPGRP, &group);
}
