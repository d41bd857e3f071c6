/* net.h - the container's network; to be replaced by the real one
 *
 * This header only fixes what start.c, child.c and container.c call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

struct lines;
struct net_spec;

struct net {
	size_t count;
};

#define NET_INIT  \
	{         \
		0 \
	}

static inline int net_check(struct net *net, const struct net_spec *specs,
			    size_t count)
{
	(void)net;
	(void)specs;
	(void)count;
	return 0;
}

/* Whether net_create() has anything to do: the child waits for it if so. */
static inline bool net_needs_launcher(const struct net_spec *specs,
				      size_t count)
{
	(void)specs;
	(void)count;
	return false;
}

static inline int net_create(struct net *net, const struct net_spec *specs,
			     size_t count, pid_t pid)
{
	(void)net;
	(void)specs;
	(void)count;
	(void)pid;
	return 0;
}

static inline int net_configure(const struct net *net)
{
	(void)net;
	return 0;
}

static inline void net_remove(struct net *net)
{
	(void)net;
}

/* KEY=VALUE lines of the state file, all keys beginning with "net". */
static inline void net_save(const struct net *net, struct lines *lines)
{
	(void)net;
	(void)lines;
}

/* Take one of them back; 1 when the key is not ours. */
static inline int net_load(struct net *net, const char *key, const char *value)
{
	(void)net;
	(void)value;
	return strcmp(key, "net") != 0;
}
