/* cr_mounts.c - what is mounted in a container, into an image and back */
#include "cr_mounts.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_tmpfs.h"
#include "spec.h"

enum { MOUNTS_BYTES = 1 << 18, KNOWN_MAX = 1024 };

/* A line of mountinfo(5). */
struct line {
	uint64_t id, parent;
	dev_t device;
	bool is_root; /* of its filesystem */
	char *target, *type;
	uint32_t flags;
};

/* "\040" as the kernel writes a blank. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] && text[3]) {
			*out++ = (char)((text[1] - '0') << 6 |
					(text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static uint32_t mount_flags(const char *options)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} words[] = {
		{ "ro", MS_RDONLY },
		{ "nosuid", MS_NOSUID },
		{ "nodev", MS_NODEV },
		{ "noexec", MS_NOEXEC },
	};
	uint32_t flags = 0;

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		for (size_t i = 0; i < COUNT(words); i++)
			if (starts_with(at, words[i].word) &&
			    strchr(",", at[strlen(words[i].word)]))
				flags |= words[i].flag;
	}
	return flags;
}

/* "36 35 98:0 /root /target ro,nosuid shared:1 - tmpfs source rw" */
static bool next_line(char **text, struct line *l)
{
	char *words[6], *rest = *text, *at;
	const char *device, *number;
	uint64_t major, minor;

	if (!rest || !*rest)
		return false;
	*text = split_at(rest, '\n');
	for (size_t i = 0; i < COUNT(words); i++) {
		words[i] = rest;
		rest = rest ? split_at(rest, ' ') : NULL;
	}
	at = rest ? strstr(rest, "- ") : NULL;
	if (!at)
		return false;
	number = words[0];
	cr_scan(&number, 10, &l->id);
	number = words[1];
	cr_scan(&number, 10, &l->parent);
	device = words[2];
	cr_scan(&device, 10, &major);
	device++;
	cr_scan(&device, 10, &minor);
	l->device = makedev((unsigned int)major, (unsigned int)minor);
	l->is_root = strcmp(words[3], "/") == 0;
	l->target = words[4];
	unescape(l->target);
	l->flags = mount_flags(words[5]);
	l->type = at + 2;
	split_at(l->type, ' ');
	return true;
}

/* What can be mounted by its name alone. */
static bool is_plain(const char *type)
{
	static const char *const plain[] = { "tmpfs", "proc", "sysfs",
					     "mqueue" };

	for (size_t i = 0; i < COUNT(plain); i++)
		if (strcmp(type, plain[i]) == 0)
			return true;
	return false;
}

/* Those that a start makes in any case, and what is below another one of the spec. */
static bool is_of_start(const char *target, const struct spec *spec)
{
	static const char *const paths[] = { "/dev/", "/proc/", "/sys/",
					     "/etc/resolv.conf" };

	for (size_t i = 0; i < COUNT(paths); i++)
		if (starts_with(target, paths[i]))
			return true;
	for (size_t i = 0; i < spec->mount_count; i++)
		if (strcmp(target, spec->mounts[i].target) == 0)
			return true;
	return strcmp(target, "/") == 0;
}

/* Mounts of the spec, by their numbers, and with them what is on them. */
static uint64_t known[KNOWN_MAX];
static size_t known_count;

static void know(uint64_t id)
{
	if (known_count < KNOWN_MAX)
		known[known_count++] = id;
}

static bool is_known(uint64_t id)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i] == id)
			return true;
	return known_count == KNOWN_MAX;
}

static void know_spec(int root, const struct spec *spec)
{
	char name[32], text[512];

	known_count = 0;
	for (size_t i = 0; i < spec->mount_count; i++) {
		autofd int at =
			path_open_in(root, spec->mounts[i].target, O_PATH);

		snprintf(name, sizeof(name), "fdinfo/%d", at);
		if (at >= 0 &&
		    cr_proc_read(getpid(), name, text, sizeof(text)) > 0)
			know(cr_number(text, "mnt_id", 10));
	}
}

/* The lines, in a buffer that the next call uses, and the root of a container. */
static int open_mounts(pid_t init, char **text)
{
	static char buf[MOUNTS_BYTES];
	char path[32];
	int root;

	snprintf(path, sizeof(path), "/proc/%d/root", init);
	root = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0 && cr_proc_read(init, "mountinfo", buf, sizeof(buf)) < 0)
		fd_close(&root);
	*text = buf;
	return root < 0 ? fail("cannot read the mounts of the container")
			: root;
}

int cr_mounts_check(pid_t init, const struct spec *spec)
{
	char *text;
	autofd int root = open_mounts(init, &text);
	struct line l;

	if (root < 0)
		return -1;
	know_spec(root, spec);
	while (next_line(&text, &l)) {
		if (is_known(l.id) || is_of_start(l.target, spec) ||
		    (l.is_root && is_plain(l.type)))
			continue;
		if (is_known(l.parent))
			know(l.id);
		else if (cr_obstacle(NULL, "'%s' on '%s' was mounted inside",
				     l.type, l.target) < 0)
			return -1;
	}
	return 0;
}

int cr_mounts_dump(struct cr_image *image, pid_t init)
{
	char *text;
	autofd int root = open_mounts(init, &text);
	struct line l;

	if (root < 0)
		return -1;
	while (next_line(&text, &l)) {
		size_t first = strlen(l.target) + 1,
		       second = strlen(l.type) + 1;
		struct cr_mount *m =
			cr_add(image, CR_MOUNT, sizeof(*m) + first + second);
		autofd int top = -1;

		m->flags = l.flags;
		memcpy(m->target, l.target, first);
		memcpy(m->target + first, l.type, second);
		if (!l.is_root || strcmp(l.type, "tmpfs") != 0)
			continue;
		top = path_open_in(root, l.target, O_RDONLY | O_DIRECTORY);
		if (top >= 0 && cr_tmpfs_dump(image, m, top, l.device) < 0)
			return -1;
	}
	return 0;
}

/* What the next start did not mount by itself. */
static void mount_missing(const struct cr_mount *m)
{
	const char *type = m->target + strlen(m->target) + 1;

	if (!is_plain(type))
		diex("cannot restore the mount of '%s' on '%s': it was made by the container",
		     type, m->target);
	mkdir(m->target, 0755);
	if (mount(type, m->target, type, m->flags, NULL) < 0)
		die("cannot mount '%s' on '%s'", type, m->target);
}

static bool is_mounted(const char *buf, size_t size, const struct cr_mount *m)
{
	static char copy[MOUNTS_BYTES];
	const char *type = m->target + strlen(m->target) + 1;
	char *text = copy;
	struct line l;

	memcpy(copy, buf, size);
	while (next_line(&text, &l))
		if (strcmp(l.target, m->target) == 0 &&
		    strcmp(l.type, type) == 0)
			return true;
	return false;
}

void cr_mounts_restore(const struct cr_image *image)
{
	static char buf[MOUNTS_BYTES];
	const struct cr_mount *m;
	ssize_t size = cr_proc_read(getpid(), "mountinfo", buf, sizeof(buf));

	if (size < 0)
		die("cannot read our mounts");
	cr_each (m, image, NULL, CR_MOUNT, 0) {
		autofd int top = -1;

		if (!is_mounted(buf, (size_t)size + 1, m))
			mount_missing(m);
		if (!cr_next(image, m, CR_ENTRY, CR_STOP(CR_MOUNT)))
			continue;
		top = openat(AT_FDCWD, m->target,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (top < 0)
			die("cannot open '%s'", m->target);
		cr_tmpfs_fill(image, m, top);
	}
}
