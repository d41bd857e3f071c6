/* resolv.c - which name servers the container asks */
#include "resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"
#include "mount.h"
#include "spec.h"

enum { TEXT_MAX = 8192 };

static const char target_path[] = "/etc/resolv.conf";

/* Is it a server on the host's loopback?  Nobody listens at the container's. */
static bool is_loopback(const char *line)
{
	line += strlen("nameserver");
	line += strspn(line, " \t");
	return starts_with(line, "127.") || strcmp(line, "::1") == 0;
}

/* Take such lines out; false: no server is left. */
static bool filter(char *text)
{
	char *to = text, *line, *rest = text;
	bool found = false;

	while ((line = strsep(&rest, "\n"))) {
		bool server = starts_with(line, "nameserver");
		size_t len = strlen(line);

		if ((server && is_loopback(line)) || (len == 0 && !rest))
			continue;
		found |= server;
		memmove(to, line, len);
		to += len;
		*to++ = '\n';
	}
	*to = '\0';
	return found;
}

/* systemd-resolved has the real ones apart. */
static bool read_host(char *text)
{
	static const char *const paths[] = {
		"/etc/resolv.conf",
		"/run/systemd/resolve/resolv.conf",
	};

	for (size_t i = 0; i < 2; i++)
		/* Room for a newline at the end. */
		if (read_file_at(AT_FDCWD, paths[i], text, TEXT_MAX - 1) >= 0 &&
		    filter(text))
			return true;
	return false;
}

static bool is_behind_host(const struct spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].kind == NET_NAT ||
		    spec->nets[i].kind == NET_PASTA)
			return true;
	return false;
}

/* False: the root's own file is as good. */
static bool make_text(char *text, const struct spec *spec, const char *leased)
{
	char *to = text;

	for (size_t i = 0; i < spec->dns_count; i++)
		to += snprintf(to, TEXT_MAX / SPEC_DNS_MAX, "nameserver %s\n",
			       spec->dns[i]);
	if (spec->dns_count > 0)
		return true;
	if (*leased)
		return copy_text(text, TEXT_MAX, leased) == 0;
	return is_behind_host(spec) && read_host(text);
}

/* A volume there is what the user wants. */
static bool is_covered(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		const char *path = spec->mounts[i].target;

		if (strcmp(path + strspn(path, "/"), target_path + 1) == 0)
			return true;
	}
	return false;
}

static int open_target(int root)
{
	int fd = path_open_in(root, target_path, O_PATH | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		fd = path_make_file_in(root, target_path);
	return fd;
}

static const char name[] = ".resolv.conf";

static int open_file(int dev, const char *text)
{
	autofd int fd = openat(dev, name,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int copy = -1;

	if (fd >= 0 && write_all(fd, text, strlen(text)) == 0)
		copy = mount_copy(dev, name, false);
	if (copy < 0)
		die("cannot write '%s'", target_path);
	return copy;
}

void resolv_fill(int root, int dev, const struct spec *spec, const char *leased)
{
	static char text[TEXT_MAX];
	autofd int target = -1;
	autofd int file = -1;

	if (is_covered(spec) || !make_text(text, spec, leased))
		return;
	target = open_target(root);
	/* A read-only root that has none does not ask anybody. */
	if (target < 0 && errno == EROFS && spec->dns_count == 0)
		return;
	if (target >= 0)
		file = open_file(dev, text);
	if (target < 0 || mount_attach(file, target, false) < 0)
		die("cannot cover '%s' (--dns)", target_path);
	/* It is to be seen at its place only. */
	unlinkat(dev, name, 0);
}
