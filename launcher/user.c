/* user.c - who the command runs as: names looked up in the root's own files
 *
 * No getpwnam(3): it would ask the host's files, or load a stranger's library.
 */
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"

enum { FIELDS_MAX = 7, LINE_MAX_BYTES = 4096 };

/* A line of passwd(5) or group(5), cut at its colons. */
struct entry {
	char *fields[FIELDS_MAX];
	size_t count;
};

struct reader {
	int fd;
	size_t have, used;
	char bytes[LINE_MAX_BYTES];
};

/* The next line, or NULL.  One that is too long ends the file: it is not a
 * file that a human wrote. */
static char *next_line(struct reader *r)
{
	for (;;) {
		char *line = r->bytes + r->used;
		char *end = memchr(line, '\n', r->have - r->used);
		ssize_t n;

		if (end) {
			*end = '\0';
			r->used = end + 1 - r->bytes;
			return line;
		}
		memmove(r->bytes, line, r->have - r->used);
		r->have -= r->used;
		r->used = 0;
		n = read(r->fd, r->bytes + r->have, sizeof(r->bytes) - r->have);
		if (n <= 0)
			return NULL;
		r->have += n;
	}
}

static struct entry cut(char *line)
{
	struct entry e = { .count = 0 };

	while (line && e.count < FIELDS_MAX) {
		e.fields[e.count++] = line;
		line = split_at(line, ':');
	}
	return e;
}

static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t n;

	/* The last one is (uid_t)-1, "do not change". */
	if (parse_uint(text, UINT32_MAX - 1, &n) < 0)
		return false;
	*id = n;
	return true;
}

static bool number_is(const char *text, uint32_t number)
{
	uint64_t n;

	return parse_uint(text, UINT32_MAX, &n) == 0 && n == number;
}

static bool is_member(char *members, const char *name)
{
	while (members) {
		char *rest = split_at(members, ',');

		if (strcmp(members, name) == 0)
			return true;
		members = rest;
	}
	return false;
}

/* A file of the kernel's is a trap: to read /proc/kmsg takes its messages away from
 * the host's log. */
static bool is_file(int fd)
{
	struct stat st;
	struct statfs fs;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       fstatfs(fd, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC &&
	       fs.f_type != SYSFS_MAGIC;
}

/* Files that are missing have no lines: a root need not have them.  What is
 * none is a trap: to open a fifo is to wait for ever. */
static struct reader open_lines(int root, const char *path)
{
	int fd = path_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && !is_file(fd))
		diex("cannot read '%s' in the root: it is not a regular file",
		     path);
	if (fd < 0 && errno == EACCES)
		die("cannot read '%s' in the root", path);
	return (struct reader){ .fd = fd };
}

/* The line of passwd(5) for a name, or else for a uid. */
static bool find_passwd(struct user *user, int root, const char *name,
			char *found, size_t found_size)
{
	struct reader r = open_lines(root, "/etc/passwd");
	bool is_number = name[0] >= '0' && name[0] <= '9';
	bool known = false;
	char *line;

	while (!known && r.fd >= 0 && (line = next_line(&r))) {
		struct entry e = cut(line);
		uint32_t uid, gid;

		if (e.count < 6 || !parse_id(e.fields[2], &uid) ||
		    !parse_id(e.fields[3], &gid))
			continue;
		known = is_number ? number_is(name, uid)
				  : strcmp(name, e.fields[0]) == 0;
		if (!known)
			continue;
		user->uid = uid;
		user->gid = gid;
		if (copy_text(user->home, sizeof(user->home), e.fields[5]) <
			    0 ||
		    copy_text(found, found_size, e.fields[0]) < 0)
			diex("cannot use the entry of user '%s' (--user)",
			     name);
	}
	fd_close(&r.fd);
	return known;
}

static bool find_group(gid_t *gid, int root, const char *name)
{
	struct reader r = open_lines(root, "/etc/group");
	bool known = false;
	char *line;

	while (!known && r.fd >= 0 && (line = next_line(&r))) {
		struct entry e = cut(line);
		uint32_t n;

		if (e.count < 3 || !parse_id(e.fields[2], &n))
			continue;
		known = strcmp(name, e.fields[0]) == 0;
		if (known)
			*gid = n;
	}
	fd_close(&r.fd);
	return known;
}

/* Groups that list the user as a member. */
static void add_memberships(struct user *user, int root, const char *name)
{
	struct reader r = open_lines(root, "/etc/group");
	char *line;

	while (r.fd >= 0 && (line = next_line(&r))) {
		struct entry e = cut(line);
		uint32_t gid;

		if (e.count < 4 || !parse_id(e.fields[2], &gid) ||
		    !is_member(e.fields[3], name))
			continue;
		if (user->group_count < USER_GROUPS_MAX)
			user->groups[user->group_count++] = gid;
	}
	fd_close(&r.fd);
}

static void find_named(struct user *user, int root, const char *name)
{
	char entry[256] = "";

	if (!find_passwd(user, root, name, entry, sizeof(entry)) &&
	    !parse_id(name, &user->uid))
		diex("cannot find user '%s' in the root's /etc/passwd (--user)",
		     name);
	if (entry[0])
		add_memberships(user, root, entry);
}

void user_find(struct user *user, int root, const char *text)
{
	char name[256];
	char *group;

	user->uid = user->gid = user->group_count = 0;
	if (!text) { /* root needs no file to be root */
		copy_text(user->home, sizeof(user->home), "/root");
		return;
	}
	if (copy_text(name, sizeof(name), text) < 0)
		die("cannot look up user '%s' (--user)", text);
	copy_text(user->home, sizeof(user->home), "/");
	group = split_at(name, ':');
	find_named(user, root, name);
	if (!group)
		return;
	user->group_count = 0; /* as docker: the group named, and no other */
	if (!find_group(&user->gid, root, group) &&
	    !parse_id(group, &user->gid))
		diex("cannot find group '%s' in the root's /etc/group (--user)",
		     group);
}

/* Who it is, is not one of the namespace's. */
static const char *explain(bool user_namespace)
{
	return user_namespace && errno == EINVAL
		       ? ": the user namespace has no such id (--userns, /etc/subuid)"
		       : "";
}

void user_become(const struct user *user, bool user_namespace)
{
	/* Not the libc's: those block signals and look for threads. */
	if (syscall(SYS_setgroups, user->group_count, user->groups) < 0 &&
	    !(user_namespace && errno == EPERM))
		die("cannot set the groups (--user)%s",
		    explain(user_namespace));
	if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
		die("cannot become group %u (--user)%s", user->gid,
		    explain(user_namespace));
	if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
		die("cannot become user %u (--user)%s", user->uid,
		    explain(user_namespace));
}
