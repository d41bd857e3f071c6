/* net_pasta.c - a plain user's way out: pasta(1) of passt, a program that speaks
 * for the container with sockets of its user's
 *
 * It runs beside us for as long as the container does.  The host's loopback is
 * not to be reached through it, as little as by nat.  Where there is none,
 * slirp4netns will do.
 */
#include "net_kind.h"

#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "common/helper.h"
#include "common/report.h"

enum { FIXED_MAX = 16 };

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	(void)net, (void)spec, (void)link;
	return getauxval(AT_EUID)
		       ? 0
		       : failx("cannot use --net pasta as root: use nat");
}

/* "-t 127.0.0.1/8000-8009:80-89" */
static void put_ports(const struct ports *p, char *text, size_t size)
{
	char host[ADDRESS_TEXT + 1] = "";

	if (address_number(&p->address))
		snprintf(host, sizeof(host), "%s/",
			 format_host_address(&p->address).text);
	snprintf(text, size, "%s%u-%u:%u-%u", host, p->host,
		 p->host + p->count - 1U, p->inside, p->inside + p->count - 1U);
}

static bool has(const struct spec *spec, bool udp)
{
	for (size_t i = 0; i < spec->publish_count; i++)
		if (spec->publish[i].udp == udp)
			return true;
	return false;
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	static char ports[SPEC_PUBLISH_MAX][ADDRESS_TEXT + 48];
	const struct spec *wanted = net->wanted;
	const char *argv[FIXED_MAX + 4 + 2 * SPEC_PUBLISH_MAX + 2] = {
		"pasta",
		"-f",
		"-q",
		"--config-net",
		"--no-map-gw",
		"-T",
		"none",
		"-U",
		"none",
		"-P",
		"/proc/self/fd/1",
		"-I",
		link->name,
	};
	char said[512], number[16];
	size_t n = 13;

	(void)spec;
	for (int udp = 0; udp < 2; udp++) {
		if (has(wanted, udp))
			continue;
		argv[n++] = udp ? "-u" : "-t";
		argv[n++] = "none";
	}
	for (size_t i = 0; i < wanted->publish_count; i++) {
		put_ports(&wanted->publish[i], ports[i], sizeof(ports[i]));
		argv[n++] = wanted->publish[i].udp ? "-u" : "-t";
		argv[n++] = ports[i];
	}
	snprintf(number, sizeof(number), "%d", pid);
	argv[n] = number;
	net->helper = helper_start(argv, said, sizeof(said));
	if (net->helper > 0)
		return 0;
	if (!*said)
		return net_slirp_start(net, link, pid);
	return failx("cannot start pasta (--net pasta): %s", said);
}

void net_pasta_stop(struct net *net)
{
	if (net->helper <= 0)
		return;
	kill(net->helper, SIGKILL);
	waitpid(net->helper, NULL, 0);
	net->helper = 0;
}

const struct net_maker net_pasta = {
	.name = "pasta",
	.check = check,
	.create = create,
};
