/* config_cgroup.h - what LXC's cgroup keys mean for a spec */
#pragma once

struct config;

/* Set lxc.cgroup.FILE (version 1) or lxc.cgroup2.FILE (version 2): the limit
 * that we have for it, or else the file itself.  -1: reported. */
int config_set_cgroup(struct config *c, int version, const char *file,
		      char *value);

/* Set what several files say together.  -1: reported. */
int config_settle_cgroup(struct config *c);
