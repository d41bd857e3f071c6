/* net_dhcp.c - an address from a DHCP server, kept for as long as it is needed
 *
 *	LOOKING -- offer --> ASKING -- ack --> BOUND -- time --> RENEWING
 *	   ^ <-- nak, silence --'              ^ <---- ack ---------'
 *	   '---------------------- nak, the end of the lease ------'
 *
 * Renewing is done as RFC 2131 has it for rebinding: said to all, so that no
 * server's hardware address needs to be known.
 *
 * Nothing wakes the launcher up when a packet comes: while it awaits one it looks
 * often, at first, and then less.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "net_kind.h"

enum {
	PATIENCE_MS = 15000, /* of a start */
	RETRY_MS = 1000,     /* doubles */
	RETRY_MAX_MS = 64000,
	ASK_TRIES = 3,
	LISTEN_MS = 10, /* doubles */
	LISTEN_MAX_MS = 1000,
	POLL_MS = 100,
};

static uint32_t number_of(const struct address *a)
{
	uint32_t n;

	memcpy(&n, a->bytes, sizeof(n));
	return n;
}

static void set_request(struct net_lease *l, enum dhcp_type type, bool bound)
{
	bool offered = type == DHCP_REQUEST && !bound;
	uint32_t address = number_of(&l->lease.address);

	l->request.type = type;
	l->request.own = bound ? address : 0;
	l->request.wanted = offered ? address : 0;
	l->request.of_server =
		offered || type == DHCP_RELEASE ? l->lease.server : 0;
}

static void begin_listening(struct net_lease *l)
{
	l->wait_ms = LISTEN_MS;
	l->listen_ms = now_ms() + l->wait_ms;
}

/* Say it for the first time, or again. */
static void ask(struct net_lease *l)
{
	int64_t pause = (int64_t)RETRY_MS << (l->tries < 6 ? l->tries : 6);

	l->tries++;
	lease_speak(l);
	l->due_ms = now_ms() + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS);
	begin_listening(l);
}

static void look(struct net_lease *l)
{
	l->state = LEASE_LOOKING;
	l->tries = 0;
	l->ends_ms = 0;
	getrandom(&l->request.id, sizeof(l->request.id), GRND_NONBLOCK);
	set_request(l, DHCP_DISCOVER, false);
	ask(l);
}

static void bind_lease(struct net_lease *l, const struct dhcp_lease *lease)
{
	int64_t now = now_ms();
	bool for_ever = lease->seconds == UINT32_MAX;

	l->lease = *lease;
	l->state = LEASE_BOUND;
	l->listen_ms = 0;
	l->due_ms = for_ever ? 0 : now + lease->renew_seconds * INT64_C(1000);
	l->ends_ms = for_ever ? 0 : now + lease->seconds * INT64_C(1000);
}

static void add_address(struct net_lease *l, const struct dhcp_lease *lease)
{
	struct address any = { .family = AF_INET }, router;
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_add_address(&msg, l->index, &lease->address);
	if (lease->router) {
		router = address_v4(ntohl(lease->router), 32);
		rtnl_add_route(&msg, l->index, &any, &router, 0);
	}
	netlink_request(&l->nl, &msg);
}

static void delete_address(struct net_lease *l)
{
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_delete_address(&msg, l->index, &l->lease.address);
	netlink_request(&l->nl, &msg);
}

/* The address may be another's from now on. */
static void lose(struct net_lease *l)
{
	delete_address(l);
	look(l);
}

static void take_ack(struct net_lease *l, const struct dhcp_lease *lease)
{
	bool same = address_equal(&l->lease.address, &lease->address);

	if (l->handed_over && !same)
		delete_address(l);
	if (l->handed_over && (!same || l->state == LEASE_ASKING))
		add_address(l, lease);
	bind_lease(l, lease);
}

static void take_answer(struct net_lease *l, int type,
			const struct dhcp_lease *lease)
{
	if (type == DHCP_OFFER && l->state == LEASE_LOOKING) {
		l->lease = *lease;
		l->state = LEASE_ASKING;
		l->tries = 0;
		set_request(l, DHCP_REQUEST, false);
		ask(l);
	} else if (type == DHCP_NAK && l->state == LEASE_ASKING) {
		look(l);
	} else if (type == DHCP_NAK && l->state == LEASE_RENEWING) {
		lose(l);
	} else if (type == DHCP_ACK &&
		   (l->state == LEASE_ASKING || l->state == LEASE_RENEWING)) {
		take_ack(l, lease);
	}
}

static void listen_once(struct net_lease *l)
{
	uint8_t packet[2048];
	struct dhcp_lease lease;
	ssize_t len;

	while ((len = recv(l->socket, packet, sizeof(packet), MSG_DONTWAIT)) >=
	       0) {
		int type = dhcp_read(packet, (size_t)len, l->request.id,
				     l->request.mac, &lease);

		if (type > 0)
			take_answer(l, type, &lease);
	}
	if (l->listen_ms == 0)
		return; /* bound */
	l->wait_ms *= 2;
	if (l->wait_ms > LISTEN_MAX_MS)
		l->wait_ms = LISTEN_MAX_MS;
	l->listen_ms = now_ms() + l->wait_ms;
}

/* In the half of the time that is left, and so on. */
static void renew(struct net_lease *l, int64_t now)
{
	int64_t half = (l->ends_ms - now) / 2;

	l->state = LEASE_RENEWING;
	set_request(l, DHCP_REQUEST, true);
	lease_speak(l);
	l->due_ms = now + (half > RETRY_MS ? half : RETRY_MS);
	begin_listening(l);
}

static void act(struct net_lease *l, int64_t now)
{
	if (l->ends_ms && now >= l->ends_ms)
		lose(l);
	else if (l->state == LEASE_BOUND || l->state == LEASE_RENEWING)
		renew(l, now);
	else if (l->state == LEASE_ASKING && l->tries >= ASK_TRIES)
		look(l);
	else
		ask(l);
}

static void tick(struct net_lease *l)
{
	int64_t now = now_ms();

	if (l->listen_ms && now >= l->listen_ms)
		listen_once(l);
	if (l->due_ms && now >= l->due_ms)
		act(l, now);
}

/* All signals are blocked: somebody may want us to end. */
static bool is_interrupted(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < COUNT(ends); i++)
		if (sigismember(&pending, ends[i]) == 1)
			return true;
	return false;
}

static int await(struct net_lease *l, const char *name)
{
	int64_t until = now_ms() + PATIENCE_MS;

	look(l);
	while (l->state != LEASE_BOUND) {
		struct pollfd ready = { .fd = l->socket, .events = POLLIN };

		if (is_interrupted())
			return failx("cannot wait for an address for '%s': "
				     "interrupted (ipv4=dhcp)",
				     name);
		if (now_ms() >= until)
			return failx("cannot get an address for '%s': no DHCP "
				     "server gave one within %d seconds "
				     "(ipv4=dhcp)",
				     name, PATIENCE_MS / 1000);
		if (poll(&ready, 1, POLL_MS) > 0)
			l->listen_ms = 1;
		tick(l);
	}
	return 0;
}

/* For the child: addresses, the way out, whom to ask. */
static void hand_over(struct net *net, struct net_link *link)
{
	const struct dhcp_lease *lease = &link->lease.lease;
	struct net_gateway *gateway = &link->gateways[0];
	size_t len = 0;

	if (link->inside_count < COUNT(link->inside))
		link->inside[link->inside_count++] = lease->address;
	if (!gateway->address.family && !gateway->on_link && lease->router)
		gateway->address = address_v4(ntohl(lease->router), 32);
	if (net->resolv[0])
		return;
	for (size_t i = 0; i < DHCP_DNS_MAX && lease->dns[i]; i++) {
		struct address a = address_v4(ntohl(lease->dns[i]), 32);

		len += (size_t)snprintf(net->resolv + len,
					sizeof(net->resolv) - len,
					"nameserver %s\n",
					format_host_address(&a).text);
	}
	if (lease->domain[0] && len > 0)
		snprintf(net->resolv + len, sizeof(net->resolv) - len,
			 "search %s\n", lease->domain);
}

int net_lease_get(struct net *net, struct net_link *link, pid_t pid)
{
	struct net_lease *l = &link->lease;

	*l = (struct net_lease){ .used = true,
				 .socket = -1,
				 .nl = NETLINK_INIT };
	l->request.hostname = net->wanted ? net->wanted->hostname : NULL;
	if (lease_open(l, pid) < 0 || lease_bind(l, link->name) < 0)
		return fail("cannot ask for an address for '%s' (ipv4=dhcp)",
			    link->name);
	if (await(l, link->name) < 0)
		return -1;
	hand_over(net, link);
	l->handed_over = true;
	return 0;
}

void net_lease_release(struct net_link *link)
{
	struct net_lease *l = &link->lease;

	if (!l->used)
		return;
	if (l->state == LEASE_BOUND || l->state == LEASE_RENEWING) {
		set_request(l, DHCP_RELEASE, true);
		lease_speak(l);
	}
	fd_close(&l->socket);
	netlink_close(&l->nl);
	l->used = false;
}

int64_t net_lease_due(const struct net *net)
{
	int64_t due = 0;

	for (size_t i = 0; i < net->count; i++) {
		const struct net_lease *l = &net->links[i].lease;
		const int64_t times[] = { l->listen_ms, l->due_ms };

		for (size_t t = 0; l->used && t < COUNT(times); t++)
			if (times[t] && (!due || times[t] < due))
				due = times[t];
	}
	return due;
}

void net_lease_tick(struct net *net)
{
	for (size_t i = 0; i < net->count; i++)
		if (net->links[i].lease.used)
			tick(&net->links[i].lease);
}
