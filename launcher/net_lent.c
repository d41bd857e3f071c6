/* net_lent.c - give lent devices back as they were
 *
 * A virtual device dies with the namespace that it is in, a real one falls to
 * the first namespace under another name.  So while a device is lent,
 *
 *	RUNDIR/NAME/netns	is the container's namespace, and keeps it
 *	RUNDIR/NAME/lent.INDEX	says what the device was like
 *
 * and whoever clears away after the container (its launcher, or the next one,
 * when it was killed) finds the device by its index, whatever its name is now,
 * and moves it back.  Moving loses addresses and routes: they are kept as the
 * kernel's own messages, in hexadecimal, and sent again.
 */
#include "net_lent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

/* The record of the file, cut into items. */
static int load(struct net_lent *l, int dir, const char *file)
{
	char *text = l->text, *key, *value;
	uint64_t number;

	l->count = 0;
	l->home = 0;
	l->radio = -1;
	l->tried = l->missed = false;
	l->name = NULL;
	l->master = NULL;
	if (read_file_at(dir, file, l->text, sizeof(l->text)) < 0)
		return -1;
	while (l->count < NET_LENT_ITEMS_MAX &&
	       lines_next(&text, &key, &value)) {
		if (strcmp(key, "name") == 0)
			l->name = l->was = value;
		else if (strcmp(key, "master") == 0)
			l->master = value;
		else if (strcmp(key, "mtu") == 0)
			parse_uint(value, UINT32_MAX, &l->mtu);
		else if (strcmp(key, "index") == 0)
			parse_uint(value, INT32_MAX, &l->home);
		else if (strcmp(key, "radio") == 0 &&
			 parse_uint(value, INT32_MAX, &number) == 0)
			l->radio = (int)number;
		else if (strcmp(key, "tried") == 0)
			l->tried = true;
		else if (strcmp(key, "flags") == 0)
			parse_uint(value, UINT32_MAX, &l->flags);
		else
			l->items[l->count++] = (struct item){ key, value };
	}
	errno = EINVAL;
	return l->name && strlen(l->name) < IFNAMSIZ ? 0 : -1;
}

/* What could not be restored is tried once more, by the next launch. */
static bool note_trial(const struct net_lent *l, int dir, const char *file)
{
	autofd int fd = openat(dir, file, O_WRONLY | O_APPEND | O_CLOEXEC);

	return !l->tried && fd >= 0 && write_all(fd, "tried=1\n", 8) == 0;
}

/* Up only with its settings: an address of its own making may be among what
 * they forbid. */
static bool restore(struct net_lent *l)
{
	net_lent_restore_sysctls(l);
	if (l->missed && !l->tried)
		return false;
	return net_lent_restore(l) == 0;
}

/* False: there is more to do, and its record is kept. */
static bool take_back(struct net_lent *l, int dir, const char *file)
{
	uint64_t index;
	if (!starts_with(file, "lent.") ||
	    parse_uint(file + strlen("lent."), INT32_MAX, &index) < 0)
		return true;
	l->index = (unsigned int)index;
	if (load(l, dir, file) < 0) {
		warn("cannot read the record of a lent device, '%s'", file);
		return false;
	}
	if (l->inside->fd >= 0) {
		int moved = net_lent_move(l);

		if (moved < 0)
			return false;
		if (moved == 0 && !restore(l) && note_trial(l, dir, file))
			return false;
	}
	unlinkat(dir, file, 0);
	return true;
}

static bool is_namespace(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

/* The next, or NULL with errno: 0, there is none. */
static const struct dirent *next_entry(DIR *list)
{
	errno = 0;
	return readdir(list);
}

static bool take_all_back(struct net *net, struct net_lent *l)
{
	int copy = openat(net->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool all = true;

	if (!list)
		return false;
	while ((entry = next_entry(list)))
		all &= take_back(l, net->dir, entry->d_name);
	all &= errno == 0;
	closedir(list);
	return all;
}

int net_lent_load(struct net_lent *l, int dir, unsigned int index)
{
	char file[32];

	l->index = index;
	return format(file, sizeof(file), "lent.%u", index) < 0
		       ? -1
		       : load(l, dir, file);
}

void net_lent_forget(int dir, unsigned int index)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool others = false;
	char file[32];

	if (format(file, sizeof(file), "lent.%u", index) == 0)
		unlinkat(dir, file, 0);
	if (!list)
		return;
	while ((entry = next_entry(list)))
		others |= starts_with(entry->d_name, "lent.") &&
			  strcmp(entry->d_name, file) != 0;
	if (!others && errno == 0)
		net_lent_unpin(dir);
	closedir(list);
}

void net_take_back(struct net *net)
{
	static struct net_lent l; /* large */
	static struct netlink inside;
	autofd int netns = -1;
	autofd int host = -1;

	if (net->dir < 0)
		return;
	netns = openat(net->dir, "netns", O_RDONLY | O_CLOEXEC);
	if (netns < 0) {
		if (errno != ENOENT)
			warn("cannot look for lent devices");
		return;
	}
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	inside = (struct netlink)NETLINK_INIT;
	l.here = &net->nl;
	l.inside = &inside;
	l.host = host;
	l.netns = netns;
	if (net->nl.fd < 0 && netlink_open(&net->nl, NETLINK_ROUTE) < 0) {
		warn("cannot open a routing socket");
		return;
	}
	/* No namespace: nothing was moved, as pinning it has failed. */
	if (is_namespace(netns) && net_open_inside(&inside, netns) < 0)
		warn("cannot enter the namespace of lent devices");
	else if (take_all_back(net, &l))
		net_lent_unpin(net->dir);
	netlink_close(&inside);
}
