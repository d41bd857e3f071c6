/* cgroup_remove.h - take a cgroup away with all that is in it */
#pragma once

/* Remove the group at path and those below it; processes that linger there are
 * killed and waited for, two seconds at most.  A group that is gone already is
 * no error.  -1 with errno. */
int cgroup_remove_tree(const char *path);

/* Remove it only when nothing is in it, for which it waits as long. */
int cgroup_remove_empty(const char *path);
