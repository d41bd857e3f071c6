/* net_share.c - what is known of the network that containers share */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/text.h"
#include "net_nat.h"

enum { FILE_MAX = 512, NAME_MAX_LEN = 40 };

static int name_file(char *name, size_t size, uint64_t netns)
{
	return format(name, size, "../.nat.%" PRIu64, netns);
}

static void parse_line(struct nat *nat, const char *key, const char *value)
{
	if (strcmp(key, "bridge") == 0)
		copy_text(nat->bridge, sizeof(nat->bridge), value);
	else if (strcmp(key, "network") == 0)
		parse_address(value, &nat->network);
	else if (strcmp(key, "mac") == 0)
		parse_mac(value, nat->mac);
	else if (strcmp(key, "forwarded") == 0)
		nat->forwarded = *value == '1';
	else if (strcmp(key, "ready") == 0)
		nat->ready = *value == '1';
	else if (strcmp(key, "used") == 0)
		parse_hex(value, nat->used, sizeof(nat->used));
}

static int read_nat(struct nat *nat)
{
	char text[FILE_MAX], *rest = text, *key, *value;
	ssize_t len = read_all(nat->file, text, sizeof(text) - 1);

	if (len < 0)
		return -1;
	text[len] = '\0';
	while (lines_next(&rest, &key, &value))
		parse_line(nat, key, value);
	/* A file that somebody spoilt is as good as none. */
	if (nat->network.family != AF_INET || nat->network.prefix != 24)
		nat->bridge[0] = '\0';
	return 0;
}

static int lock(struct net *net, const char *name)
{
	struct stat st;

	for (;;) {
		autofd int fd =
			openat(net->dir, name,
			       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			return -1;
		/* Else the last container has just removed it. */
		if (st.st_nlink > 0)
			return fd_take(&fd);
	}
}

uint64_t nat_netns(void)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0) {
		fail("cannot find our network namespace");
		return 0;
	}
	return st.st_ino;
}

int nat_open(struct net *net, struct nat *nat, uint64_t netns)
{
	char name[NAME_MAX_LEN];

	*nat = (struct nat){ .file = -1, .netns = netns };
	if (name_file(name, sizeof(name), nat->netns) < 0)
		return fail("cannot name the file of the shared network");
	nat->file = lock(net, name);
	if (nat->file < 0 || read_nat(nat) < 0)
		return fail("cannot open '%s' in the state directory",
			    name + strlen("../"));
	return 0;
}

void nat_close(struct nat *nat)
{
	fd_close(&nat->file);
}

/* As long as it was before, and in one call: it is never half written. */
int nat_write(const struct nat *nat)
{
	char text[FILE_MAX], used[2 * sizeof(nat->used) + 1];

	format_hex(used, nat->used, sizeof(nat->used));
	if (format(text, sizeof(text),
		   "bridge=%s\nnetwork=%s\nmac=%s\nforwarded=%d\nready=%d\n"
		   "used=%s\n",
		   nat->bridge, format_address(&nat->network).text,
		   format_mac(nat->mac).text, nat->forwarded, nat->ready,
		   used) < 0 ||
	    pwrite(nat->file, text, strlen(text), 0) != (ssize_t)strlen(text) ||
	    ftruncate(nat->file, (off_t)strlen(text)) < 0)
		return fail("cannot write down the shared network '%s'",
			    nat->bridge);
	return 0;
}

void nat_forget(struct net *net, const struct nat *nat)
{
	char name[NAME_MAX_LEN];

	if (name_file(name, sizeof(name), nat->netns) == 0)
		unlinkat(net->dir, name, 0);
}

bool nat_is_used(const struct nat *nat)
{
	for (size_t i = 0; i < sizeof(nat->used); i++)
		if (nat->used[i])
			return true;
	return false;
}

/* Never shorter than before, so nothing is cut off on the way. */
int nat_share_write(struct net *net, const struct nat_share *share)
{
	static struct lines lines;
	autofd int file =
		openat(net->dir, "nat", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	lines.length = 0;
	lines.overflow = false;
	lines_add(&lines, "netns", "%" PRIu64, share->netns);
	if (share->address.family)
		lines_add(&lines, "address", "%s",
			  format_address(&share->address).text);
	for (size_t i = 0; i < share->count; i++)
		lines_add(&lines, "port", "%s",
			  format_ports(&share->ports[i]).text);
	if (file < 0 || lines.overflow ||
	    write_all(file, lines.bytes, lines.length) < 0)
		return fail("cannot write down the container's address");
	return 0;
}

static void parse_share(struct nat_share *share, const char *key,
			const char *value)
{
	if (strcmp(key, "netns") == 0)
		parse_uint(value, UINT64_MAX, &share->netns);
	else if (strcmp(key, "address") == 0)
		parse_address(value, &share->address);
	else if (strcmp(key, "port") == 0 && share->count < SPEC_PUBLISH_MAX &&
		 parse_ports(value, &share->ports[share->count]) == 0)
		share->count++;
}

bool nat_share_read(struct net *net, struct nat_share *share)
{
	static char text[LINES_MAX];
	char *rest = text, *key, *value;

	*share = (struct nat_share){ .count = 0 };
	if (net->dir < 0 ||
	    read_file_at(net->dir, "nat", text, sizeof(text)) < 0)
		return false;
	while (lines_next(&rest, &key, &value))
		parse_share(share, key, value);
	return true;
}

void nat_share_forget(struct net *net)
{
	unlinkat(net->dir, "nat", 0);
}
