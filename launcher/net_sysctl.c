/* net_sysctl.c - the settings of a lent device below /proc/sys/net
 *
 * The kernel forgets them when a device moves.  Those that are as the host's
 * default has them will be so again by themselves.
 */
#include "net_lent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"

enum { VALUE_MAX = 256 };

static const char *const groups[] = { "ipv4", "ipv6" };

static int open_dir(const char *group, const char *device)
{
	char path[64];

	if (format(path, sizeof(path), "/proc/sys/net/%s/conf/%s", group,
		   device) < 0)
		return -1;
	return openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Some cannot be read as long as nobody has set them. */
static int read_value(int dir, const char *file, char value[VALUE_MAX])
{
	if (read_file_at(dir, file, value, VALUE_MAX) >= 0)
		return 0;
	value[0] = '\0';
	return errno == EIO || errno == ENOENT || errno == EACCES ? 0 : -1;
}

static int record_value(struct lines *lines, const char *group, int dir,
			int defaults, const char *file)
{
	char own[VALUE_MAX], usual[VALUE_MAX];

	if (file[0] == '.')
		return 0;
	if (read_value(dir, file, own) < 0 ||
	    read_value(defaults, file, usual) < 0)
		return -1;
	if (*own && strcmp(own, usual) != 0)
		lines_add(lines, "sysctl", "%s %s %s", group, file, own);
	return 0;
}

static int record_group(struct lines *lines, const char *group,
			const char *device)
{
	autofd int defaults = open_dir(group, "default");
	int dir = open_dir(group, device), result = 0;
	DIR *list = dir < 0 ? NULL : fdopendir(dir);
	const struct dirent *entry;

	if (!list)
		return errno == ENOENT ? 0 : -1; /* there is no IPv6 */
	do {
		errno = 0;
		entry = readdir(list);
		result = entry ? record_value(lines, group, dir, defaults,
					      entry->d_name)
			       : -errno;
	} while (entry && result == 0);
	closedir(list);
	return result;
}

int net_lent_record_sysctls(struct lines *lines, const char *device)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (record_group(lines, groups[i], device) < 0)
			return -1;
	return 0;
}

static int restore(const char *device, const char *text)
{
	char copy[2 * VALUE_MAX], *file, *value;
	autofd int dir = -1;

	if (copy_text(copy, sizeof(copy), text) < 0)
		return 0;
	file = split_at(copy, ' ');
	value = file ? split_at(file, ' ') : NULL;
	if (!value)
		return 0;
	dir = open_dir(copy, device);
	if (dir < 0 && errno == ENOENT)
		return 0; /* it is gone, or has no IPv6 any more */
	/* Some only say how things are. */
	if (write_file_at(dir, file, "%s", value) == 0 || errno == EACCES)
		return 0;
	return fail("cannot set '%s' of '%s' to '%s' again", file, device,
		    value);
}

void net_lent_restore_sysctls(struct net_lent *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i].key, "sysctl") == 0 &&
		    restore(l->name, l->items[i].value) < 0)
			l->missed = true;
}
