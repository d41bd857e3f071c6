/* user.h - who the command runs as: names looked up in the root's own files */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { USER_GROUPS_MAX = 64, USER_HOME_MAX = 256 };

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS_MAX];
	size_t group_count;
	char home[USER_HOME_MAX];
};

/* Look up "NAME|UID[:GROUP|GID]" in etc/passwd and etc/group below root; NULL
 * is root.  Numbers need no entry.  Dies when a name has none. */
void user_find(struct user *user, int root, const char *text);

/* Become it: groups, gid, uid.  In a user namespace the groups may be out of
 * reach.  Dies on failure. */
void user_become(const struct user *user, bool user_namespace);
