/* machine.c - being PID 1 of a machine rather than of a container */
#include "machine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "process.h"

enum {
	MOUNTS_SIZE = 16384, /* of /proc/self/mounts; what is beyond has its
				turn in the next round */
	ROUNDS = 8,
};

static const struct filesystem {
	const char *type, *at;
	unsigned long flags;
	const char *data;
} filesystems[] = {
	{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=755" },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=620,gid=5" },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755" },
	{ "cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC },
};

static bool machine;

void machine_detect(void)
{
	/* In another than the first pid namespace EINVAL, or EPERM. */
	machine = reboot(RB_DISABLE_CAD) == 0;
}

bool is_machine(void)
{
	return machine;
}

/* Is something mounted at the path, which has another device than the directory
 * it is in? */
static bool is_mounted(const char *path)
{
	char parent[64];
	struct stat here, above;

	return format(parent, sizeof(parent), "%s/..", path) == 0 &&
	       stat(path, &here) == 0 && stat(parent, &above) == 0 &&
	       here.st_dev != above.st_dev;
}

void machine_mount(void)
{
	for (size_t i = 0; i < COUNT(filesystems); i++) {
		const struct filesystem *f = &filesystems[i];

		if (is_mounted(f->at))
			continue;
		mkdir(f->at, 0755);
		if (mount(f->type, f->at, f->type, f->flags, f->data) < 0)
			warn("cannot mount '%s' on '%s'", f->type, f->at);
	}
}

/* "\040" stands for a blank. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The field of that number (0 or 1), of a line of /proc/self/mounts and the
 * like. */
static char *cut_field(char *line, int field)
{
	if (field > 0) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	line[strcspn(line, " \t")] = '\0';
	unescape(line);
	return line;
}

/* The last bytes of a file, from a line's beginning. */
static size_t read_end(const char *path, char *buf, size_t size)
{
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf + len, size - 1 - len)) > 0) {
		len += n;
		if (len < size - 1)
			continue;
		/* Full: the older half goes. */
		memmove(buf, buf + len / 2, len - len / 2);
		len -= len / 2;
	}
	buf[len] = '\0';
	return len;
}

static void swap_off(char *buf, size_t size)
{
	read_end("/proc/swaps", buf, size);
	for (char *line = split_at(buf, '\n'), *next; line; line = next) {
		next = split_at(line, '\n');
		if (*line)
			swapoff(cut_field(line, 0));
	}
}

/* Unmount from the last on; returns whether anything went. */
static bool unmount_some(char *buf, size_t size)
{
	size_t len = read_end("/proc/self/mounts", buf, size);
	bool progress = false;

	/* The last line first: its end is cut, so that the one before it is
	 * the last. */
	while (len > 0) {
		char *line;

		buf[--len] = '\0';
		line = strrchr(buf, '\n');
		line = line ? line + 1 : buf;
		len = line - buf;
		line = cut_field(line, 1);
		/* / stays, and so does what is needed to find the rest. */
		if (line[0] != '/' || !line[1] || strcmp(line, "/proc") == 0 ||
		    starts_with(line, "/dev"))
			continue;
		if (umount2(line, UMOUNT_NOFOLLOW) == 0)
			progress = true;
		else
			mount(NULL, line, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	}
	return progress;
}

void machine_reboot(enum shutdown_kind kind)
{
	static const int commands[] = {
		[SHUTDOWN_HALT] = RB_HALT_SYSTEM,
		[SHUTDOWN_POWEROFF] = RB_POWER_OFF,
		[SHUTDOWN_REBOOT] = RB_AUTOBOOT,
		[SHUTDOWN_RESTART] = RB_AUTOBOOT,
	};

	reboot(commands[kind]);
}

void machine_end(enum shutdown_kind kind)
{
	static char buf[MOUNTS_SIZE];

	sync();
	swap_off(buf, sizeof(buf));
	for (int i = 0; i < ROUNDS && unmount_some(buf, sizeof(buf)); i++)
		;
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	sync();
	/* The kernel ends the caller of a halt: that must not be PID 1. */
	if (process_fork() == 0) {
		machine_reboot(kind);
		_exit(1);
	}
	for (;;)
		pause();
}
