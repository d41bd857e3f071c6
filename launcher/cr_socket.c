/* cr_socket.c - the sockets of a container, into an image */
#include "cr_socket.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "cr_files.h"
#include "cr_obstacle.h"
#include "cr_option.h"
#include "cr_proc.h"
#include "cr_seize.h"
#include "cr_tcp.h"

static struct cr_found found[CR_FILES_MAX];
static size_t found_count;
static const struct cr_seized *seized;
static bool with_content; /* else only to see whether it can be done */

void cr_sockets_begin(const struct cr_seized *s, bool content)
{
	seized = s;
	with_content = content;
	found_count = 0;
}

const struct cr_found *cr_socket_found(size_t number)
{
	return number < found_count ? found + number : NULL;
}

const struct cr_found *cr_socket_find(uint32_t inode)
{
	for (size_t i = 0; i < found_count; i++)
		if (found[i].inode == inode)
			return found + i;
	return NULL;
}

int cr_socket_copy(const struct cr_found *f)
{
	autofd int pidfd = -1;

	if (f->pid == getpid())
		return fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	pidfd = sys_pidfd_open(f->pid);
	return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, f->fd, 0);
}

pid_t cr_socket_init(void)
{
	return seized->processes[0].pid;
}

int32_t cr_socket_inner(pid_t pid)
{
	for (size_t i = 0; i < seized->process_count; i++)
		if (seized->processes[i].pid == pid)
			return seized->processes[i].inner;
	return 0;
}

static bool holds(const char *pid, const char *link)
{
	char path[32], name[300], where[64];
	const struct dirent *entry;
	bool result = false;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%.10s/fd", pid);
	list = opendir(path);
	while (list && !result && (entry = readdir(list))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		result = read_link(name, where, sizeof(where)) > 0 &&
			 strcmp(where, link) == 0;
	}
	if (list)
		closedir(list);
	return result;
}

const char *cr_socket_holder(uint32_t inode)
{
	static char text[64];
	const struct dirent *entry;
	bool found_one = false;
	DIR *list = opendir("/proc");
	char link[32];

	snprintf(link, sizeof(link), "socket:[%u]", inode);
	while (list && !found_one && (entry = readdir(list))) {
		uint64_t pid;

		if (parse_uint(entry->d_name, INT32_MAX, &pid) < 0 ||
		    pid == (uint64_t)getpid() || !holds(entry->d_name, link))
			continue;
		snprintf(text, sizeof(text), "process %d (%s)", (int)pid,
			 cr_proc_name((pid_t)pid));
		found_one = true;
	}
	if (list)
		closedir(list);
	return found_one ? text : NULL;
}

/* One that came from outside may be of another network, and one that was accepted is
 * of who has come. */
static bool is_of_its_network(pid_t init, int copy)
{
	autofd int net = ioctl(copy, SIOCGSKNS);
	struct stat theirs, ours;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", init);
	return net < 0 || fstat(net, &theirs) < 0 || stat(path, &ours) < 0 ||
	       theirs.st_ino == ours.st_ino;
}

static int get(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &size);
	return value;
}

static void describe(struct cr_socket *s, int copy)
{
	socklen_t size = sizeof(s->name);
	struct stat st;

	s->family = (uint16_t)get(copy, SO_DOMAIN);
	s->type = (uint16_t)get(copy, SO_TYPE);
	s->protocol = (uint16_t)get(copy, SO_PROTOCOL);
	s->flags = get(copy, SO_ACCEPTCONN) ? CR_LISTENS : 0;
	s->peer = CR_NOBODY;
	s->owner = fstat(copy, &st) == 0 ? st.st_uid : 0;
	if (getsockname(copy, (void *)s->name, &size) == 0)
		s->name_size = size;
	size = sizeof(s->peer_name);
	if (getpeername(copy, (void *)s->peer_name, &size) == 0)
		s->peer_name_size = size;
}

static int dump_kind(const struct cr_found *f, int copy)
{
	switch (f->s->family) {
	case AF_UNIX:
		return cr_unix_dump(f, copy);
	case AF_INET:
	case AF_INET6:
		return cr_inet_dump(f, copy);
	case AF_NETLINK:
		return cr_netlink_dump(f, copy);
	default:
		return cr_obstacle(f->p, "fd %d is a socket of family %u",
				   f->fd, f->s->family);
	}
}

/* What its name is relative to. */
static struct cr_socket *add(struct cr_image *image, const struct cr_held *p,
			     uint32_t number)
{
	char where[4096];
	struct cr_socket *s;
	size_t size;

	if (cr_proc_link(p->pid, "cwd", where, sizeof(where)) < 0)
		where[0] = '\0';
	size = strlen(where) + 1;
	s = cr_add(image, CR_SOCKET, sizeof(*s) + size);
	memcpy(s->where, where, size);
	s->file = number;
	return s;
}

static const struct cr_held *owner(const struct cr_held *p)
{
	for (size_t i = 0; i < seized->process_count; i++)
		if (seized->processes[i].inner == p->inner)
			return seized->processes + i;
	return p;
}

int cr_socket_dump(struct cr_image *image, const struct cr_held *p, int fd,
		   uint32_t number)
{
	struct cr_found *f = found + found_count;
	autofd int copy = -1;
	struct stat st;

	*f = (struct cr_found){ .p = owner(p), .pid = p->pid, .fd = fd };
	copy = cr_socket_copy(f);
	f->s = add(image, f->p, number);
	if (copy < 0 || fstat(copy, &st) < 0)
		return !with_content ? 1
				     : fail("cannot copy fd %d of process %d",
					    fd, p->inner);
	f->inode = (uint32_t)st.st_ino;
	describe(f->s, copy);
	f->foreign = !is_of_its_network(cr_socket_init(), copy);
	if (f->foreign && f->s->family != AF_UNIX)
		return cr_obstacle(p, "fd %d is a socket of another network",
				   fd);
	found_count++;
	if (dump_kind(f, copy) < 0)
		return -1;
	if (cr_options_dump(image, number, copy) < 0)
		return cr_obstacle(p, "fd %d is a socket with a filter of eBPF",
				   fd);
	return 0;
}

int cr_sockets_finish(struct cr_image *image)
{
	/* What waits in one may be others. */
	for (size_t i = 0; with_content && i < found_count; i++)
		if (found[i].s->family == AF_UNIX &&
		    !(found[i].s->flags & CR_LISTENS) &&
		    cr_unix_queue(image, found + i) < 0)
			return -1;
	if (cr_tcp_finish(image, with_content) < 0)
		return -1;
	return cr_unix_connect(with_content);
}
