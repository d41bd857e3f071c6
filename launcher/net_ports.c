/* net_ports.c - ports of the host that lead to a container
 *
 * A port is taken twice: by a socket, so that no program of the host can have
 * it, and by the key of the map, which no two containers can have.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/nft.h"
#include "common/report.h"
#include "net_nat.h"

enum { PORTS_PER_MESSAGE = 32 };

/* One port of some. */
static struct ports single(const struct ports *ports, unsigned int number)
{
	struct ports one = *ports;

	one.host += number;
	one.inside += number;
	one.count = 1;
	return one;
}

static int explain(const struct ports *one)
{
	if (errno == EADDRINUSE || errno == EEXIST)
		return failx("cannot publish '%s': the host's port is taken "
			     "(--publish)",
			     format_ports(one).text);
	return fail("cannot publish '%s' (--publish)", format_ports(one).text);
}

/* The socket stays open until this process ends. */
static int reserve(const struct ports *one)
{
	autofd int fd =
		socket(AF_INET,
		       (one->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(one->host) };
	int on = 1;

	memcpy(&name.sin_addr, one->address.bytes, sizeof(name.sin_addr));
	/* Connections that a server had, and that linger, are no hindrance;
	 * but with SO_REUSEADDR it takes listening to keep others off. */
	if (fd < 0 ||
	    (!one->udp &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
	    bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    (!one->udp && listen(fd, 0) < 0))
		return explain(one);
	fd_take(&fd);
	return 0;
}

int nat_ports_reserve(const struct ports *ports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned int n = 0; n < ports[i].count; n++) {
			struct ports one = single(&ports[i], n);

			if (reserve(&one) < 0)
				return -1;
		}
	return 0;
}

/* All ports of a container, some at a time. */
struct batch {
	struct netlink *nf;
	struct nft_map map;
	const struct nat_share *share;
	bool add;
	struct netlink_msg msg;
	struct ports ports[PORTS_PER_MESSAGE];
	size_t count;
};

static void put(struct batch *b, const struct ports *one)
{
	const uint32_t protocol = one->udp ? IPPROTO_UDP : IPPROTO_TCP;
	uint8_t key[12] = { 0 }, value[8] = { 0 };
	uint16_t host = htons(one->host), inside = htons(one->inside);

	memcpy(key, one->address.bytes, 4);
	key[4] = (uint8_t)protocol;
	memcpy(key + 8, &host, sizeof(host));
	memcpy(value, b->share->address.bytes, 4);
	memcpy(value + 4, &inside, sizeof(inside));
	if (b->add)
		nft_add_element(&b->msg, &b->map, key, value);
	else
		nft_delete_element(&b->msg, &b->map, key);
	b->ports[b->count++] = *one;
}

static int send_batch(struct batch *b)
{
	size_t count = b->count, failed;

	if (count == 0)
		return 0;
	nft_end(&b->msg);
	b->count = 0;
	if (netlink_request(b->nf, &b->msg) == 0)
		return 0;
	/* Behind the begin of the batch. */
	failed = b->nf->failed ? b->nf->failed - 1 : 0;
	if (b->add)
		return explain(&b->ports[failed < count ? failed : 0]);
	if (errno == ENOENT)
		return 0;
	return fail("cannot take back the ports of '%s'%s", b->map.table,
		    b->nf->why);
}

/* The same messages to remove as to add: each is done as a whole or not. */
static int change(struct batch *b)
{
	for (size_t i = 0; i < b->share->count; i++)
		for (unsigned int n = 0; n < b->share->ports[i].count; n++) {
			struct ports one = single(&b->share->ports[i], n);

			if (b->count == 0)
				nft_begin(&b->msg);
			put(b, &one);
			if (b->count == PORTS_PER_MESSAGE && send_batch(b) < 0)
				return -1;
		}
	return send_batch(b);
}

int nat_ports_open(struct netlink *nf, const struct nat *nat,
		   const struct nat_share *share)
{
	struct batch b = {
		.nf = nf, .map = nat_port_map(nat), .share = share, .add = true
	};

	return change(&b);
}

int nat_ports_close(struct netlink *nf, const struct nat *nat,
		    const struct nat_share *share)
{
	struct batch b = { .nf = nf, .map = nat_port_map(nat), .share = share };

	return change(&b);
}
