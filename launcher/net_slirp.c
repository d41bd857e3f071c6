/* net_slirp.c - slirp4netns(1), where there is no pasta
 *
 * It opens ports when it is asked to through a socket, one request and one
 * answer a connection.  The socket's name goes as soon as that is done: it would
 * open ports for whoever comes.
 */
#include "net_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/helper.h"
#include "common/io.h"
#include "common/path.h"
#include "common/report.h"
#include "common/text.h"

#define SOCKET "slirp"

enum { LINK_MTU = 65520, ANSWER_MAX = 256 };

/* Ours: it has another working directory, and none of our descriptors. */
static int name_socket(const struct net *net, char *path, size_t size)
{
	char dir[256];
	ssize_t n = readlink(fd_name(net->dir).text, dir, sizeof(dir) - 1);

	dir[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : format(path, size, "--api-socket=%s/" SOCKET, dir);
}

static int ask(const struct net *net, const char *request, char *answer)
{
	autofd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SOCKET,
		 fd_name(net->dir).text);
	if (sock < 0 ||
	    connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write_all(sock, request, strlen(request)) < 0 ||
	    shutdown(sock, SHUT_WR) < 0)
		return -1;
	n = read_all(sock, answer, ANSWER_MAX - 1);
	answer[n > 0 ? n : 0] = '\0';
	return strstr(answer, "\"return\"") ? 0 : -1;
}

static int open_port(const struct net *net, const struct ports *p,
		     unsigned int i)
{
	char request[256], answer[ANSWER_MAX] = "";

	snprintf(request, sizeof(request),
		 "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"%s\","
		 "\"host_addr\":\"%s\",\"host_port\":%u,\"guest_port\":%u}}",
		 p->udp ? "udp" : "tcp", format_host_address(&p->address).text,
		 p->host + i, p->inside + i);
	if (ask(net, request, answer) == 0)
		return 0;
	return failx(
		"cannot publish port %u (--publish): slirp4netns says '%s'",
		p->host + i, answer);
}

static int open_ports(const struct net *net)
{
	const struct spec *wanted = net->wanted;

	for (size_t i = 0; i < wanted->publish_count; i++)
		for (unsigned int n = 0; n < wanted->publish[i].count; n++)
			if (open_port(net, &wanted->publish[i], n) < 0)
				return -1;
	unlinkat(net->dir, SOCKET, 0);
	return 0;
}

int net_slirp_start(struct net *net, const struct net_link *link, pid_t pid)
{
	/* Its own name server would forward to one on the host's loopback. */
	const char *argv[] = {
		"slirp4netns",
		"--configure",
		"--disable-host-loopback",
		"--disable-dns",
		"--enable-sandbox",
		"--enable-seccomp",
		"--ready-fd=1",
		NULL,
		NULL,
		NULL,
		NULL,
		NULL,
	};
	size_t n = 7;
	char api[320], mtu[16], number[16], said[512];

	snprintf(mtu, sizeof(mtu), "-m%d", LINK_MTU);
	snprintf(number, sizeof(number), "%d", pid);
	argv[n++] = mtu;
	if (net->wanted->publish_count > 0) {
		if (name_socket(net, api, sizeof(api)) < 0)
			return fail("cannot name a socket (--publish)");
		argv[n++] = api;
	}
	argv[n++] = number;
	argv[n++] = link->name;
	net->helper = helper_start(argv, said, sizeof(said));
	if (net->helper > 0)
		return open_ports(net);
	if (!*said)
		return failx(
			"cannot start pasta (--net pasta): there is neither "
			"it nor slirp4netns, see passt(1)");
	return failx("cannot start slirp4netns (--net pasta): %s", said);
}
