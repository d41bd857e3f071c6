/* user.c - becoming another user, by /etc/passwd and /etc/group */
#include "user.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"

enum { GROUPS_MAX = 64, ID_MAX = INT32_MAX, LINE_SIZE = 2048 };

struct identity {
	uint64_t uid, gid;
	gid_t groups[GROUPS_MAX];
	size_t group_count;
	char name[64];
};

/* Called with each line; true ends it. */
typedef bool visitor(char *line, void *arg);

/* Longer lines are cut, as long as only their ends are not of interest. */
static bool for_each_line(const char *path, visitor *visit, void *arg)
{
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[512], line[LINE_SIZE];
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n') {
				if (len < sizeof(line) - 1)
					line[len++] = buf[i];
				continue;
			}
			line[len] = '\0';
			len = 0;
			if (visit(line, arg))
				return true;
		}
	}
	line[len] = '\0';
	return len > 0 && visit(line, arg);
}

/* Take name:x:NUMBER:... apart; -1 if it is not so. */
static int take_number(char *line, uint64_t *number, char **rest)
{
	char *secret = split_at(line, ':');
	char *digits = secret ? split_at(secret, ':') : NULL;

	if (!digits)
		return -1;
	*rest = split_at(digits, ':');
	return parse_uint(digits, ID_MAX, number);
}

static bool is_user(char *line, void *arg)
{
	struct identity *id = arg;
	uint64_t uid;
	char *rest;

	if (take_number(line, &uid, &rest) < 0 || !rest ||
	    (strcmp(line, id->name) != 0 && uid != id->uid))
		return false;
	split_at(rest, ':');
	id->uid = uid;
	/* By number, too, the groups go by the name. */
	return copy_text(id->name, sizeof(id->name), line) == 0 &&
	       parse_uint(rest, ID_MAX, &id->gid) == 0;
}

struct group_query {
	const char *name;
	uint64_t gid;
};

static bool is_group(char *line, void *arg)
{
	struct group_query *q = arg;
	char *rest;

	return take_number(line, &q->gid, &rest) == 0 &&
	       strcmp(line, q->name) == 0;
}

static bool add_if_member(char *line, void *arg)
{
	struct identity *id = arg;
	uint64_t gid;
	char *rest;

	if (take_number(line, &gid, &rest) < 0)
		return false;
	for (char *next; rest; rest = next) {
		next = split_at(rest, ',');
		if (strcmp(rest, id->name) == 0 && id->group_count < GROUPS_MAX)
			id->groups[id->group_count++] = gid;
	}
	return false;
}

static int find_user(struct identity *id, const char *name)
{
	bool number;

	if (copy_text(id->name, sizeof(id->name), name) < 0)
		return -1;
	number = parse_uint(name, ID_MAX, &id->uid) == 0;
	if (!number)
		id->uid = UINT64_MAX;
	id->gid = id->uid;
	/* A number needs no entry. */
	return for_each_line("/etc/passwd", is_user, id) || number ? 0 : -1;
}

static int find_group(struct identity *id, const char *name)
{
	struct group_query q = { .name = name };

	if (parse_uint(name, ID_MAX, &id->gid) == 0)
		return 0;
	if (!for_each_line("/etc/group", is_group, &q))
		return -1;
	id->gid = q.gid;
	return 0;
}

int user_become(const char *who)
{
	struct identity id = { .group_count = 1 };
	char text[128], *group;

	if (copy_text(text, sizeof(text), who) < 0)
		return failx("user '%s' is too long", who);
	group = split_at(text, ':');
	if (find_user(&id, text) < 0)
		return failx("there is no user '%s'", text);
	if (group && find_group(&id, group) < 0)
		return failx("there is no group '%s'", group);
	id.groups[0] = id.gid;
	for_each_line("/etc/group", add_if_member, &id);
	/* The libc's would look for threads of ours, at a kilobyte's cost. */
	if (syscall(SYS_setgroups, id.group_count, id.groups) < 0 ||
	    syscall(SYS_setgid, id.gid) < 0 || syscall(SYS_setuid, id.uid) < 0)
		return fail("cannot become user '%s'", who);
	return 0;
}
