/* net_test.c - links between two namespaces of our own, and what is refused */
#include "launcher/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/count.h"
#include "common/lines.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "launcher/net_kind.h"
#include "netns.h"
#include "tap.h"

static char said[512];

static void keep_line(const char *line)
{
	snprintf(said, sizeof(said), "%s", line);
}

/* A container without all else: a process in a namespace of its own, which
 * runs inside() after GO and ends with its result. */
struct box {
	pid_t pid;
	int go;
};

static struct box box_open(int (*inside)(const struct net *))
{
	int ready[2], go[2];
	char c = 0;
	struct box box;

	if (pipe(ready) < 0 || pipe(go) < 0)
		exit(1);
	box.pid = fork();
	if (box.pid == 0) {
		struct net copy;

		close(go[1]);
		if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "", 1) != 1)
			_exit(99);
		if (read(go[0], &copy, sizeof(copy)) != sizeof(copy))
			_exit(98);
		_exit(inside(&copy));
	}
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &c, 1) != 1)
		exit(1);
	close(ready[0]);
	box.go = go[1];
	return box;
}

static int box_run(struct box *box, const struct net *net)
{
	int status;

	if (write(box->go, net, sizeof(*net)) != sizeof(*net))
		return -1;
	close(box->go);
	if (waitpid(box->pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void box_drop(struct box *box)
{
	kill(box->pid, SIGKILL);
	waitpid(box->pid, NULL, 0);
	close(box->go);
}

/* Send a datagram to host through the network that is there. */
static int say_hello(const struct address *host)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9999) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	memcpy(&to.sin_addr, host->bytes, 4);
	return sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)) ==
			       5
		       ? 0
		       : errno;
}

static int ear_open(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(9999) };
	struct timeval wait = { .tv_sec = 3 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		exit(1);
	return fd;
}

/* Who said hello, as text. */
static struct address_text hear(int ear)
{
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);
	struct address a = address_v4(0, 32);
	char text[16];

	if (recvfrom(ear, text, sizeof(text), 0, (struct sockaddr *)&from,
		     &len) == 5)
		memcpy(a.bytes, &from.sin_addr, 4);
	return format_host_address(&a);
}

static int configure_and_greet(const struct net *net)
{
	struct address lo = address_v4(INADDR_LOOPBACK, 8);

	if (net_configure(net) < 0)
		return 97;
	if (say_hello(&lo) != 0)
		return 96;
	return net->count ? say_hello(&net->links[0].outside) : 0;
}

static int just_configure(const struct net *net)
{
	return net_configure(net) < 0 ? 97 : 0;
}

static unsigned int host_index(const char *name)
{
	struct netlink nl;
	unsigned int index;

	netlink_open(&nl, NETLINK_ROUTE);
	index = rtnl_index(&nl, name);
	netlink_close(&nl);
	return index;
}

static void test_default(int ear)
{
	static const struct net_spec veth = { .kind = NET_VETH };
	struct net net = NET_INIT, loaded = NET_INIT;
	struct box box = box_open(configure_and_greet);
	static struct lines lines;

	is(net_check(&net, &veth, 1), 0);
	is(net_create(&net, &veth, 1, box.pid), 0);
	is(net.count, 1);
	is_str(net.links[0].host, "ve-1");
	is_str(net.links[0].name, "eth0");
	is_str(format_address(&net.links[0].inside[0]).text, "169.254.1.2/30");
	is_str(format_address(&net.links[0].outside).text, "169.254.1.1/30");
	net_save(&net, &lines);
	ok(!lines.overflow && starts_with(lines.bytes, "net="));
	*strchr(lines.bytes, '\n') = '\0';
	is(net_load(&loaded, "network", lines.bytes + 4), 1);
	is(net_load(&loaded, "net", lines.bytes + 4), 0);
	is(net_load(&loaded, "net", "veth eth0 ve-1 x -"), -1);
	is(net_load(&loaded, "net", "moth eth0 ve-1 1 -"), -1);
	is(net_load(&loaded, "net", "veth eth0"), -1);
	is(net_load(&loaded, "net", "veth eth0 ve-1 1 10.0.0.2/24 x"), -1);
	is(loaded.count, 1);
	is(loaded.links[0].index, net.links[0].index);
	is_str(loaded.links[0].host, "ve-1");
	is_str(format_address(&loaded.links[0].inside[0]).text,
	       "169.254.1.2/30");
	is(box_run(&box, &net), 0);
	is_str(hear(ear).text, "169.254.1.2");
	net_remove(&net);
	is(host_index("ve-1"), 0);
	/* From what was saved, and when there is nothing left. */
	net_remove(&loaded);
}

/* While its namespace lives the link does not go by itself. */
static void test_remove(void)
{
	static const struct net_spec veth = { .kind = NET_VETH, .pair = "up0" };
	struct net net = NET_INIT;
	struct box box = box_open(just_configure);

	is(net_check(&net, &veth, 1), 0);
	is(net_create(&net, &veth, 1, box.pid), 0);
	is_str(net.links[0].host, "up0");
	ok(host_index("up0") != 0);
	is(net_check(&net, &veth, 1), -1);
	ok(strstr(said, "cannot create veth 'up0'") && strstr(said, "already"));
	net_remove(&net);
	is(host_index("up0"), 0);
	box_drop(&box);
}

static void test_given_addresses(int ear)
{
	static const struct net_spec near = { .kind = NET_VETH,
					      .name = "web0",
					      .hwaddr = "02:00:00:12:34:5e",
					      .addresses = { "10.7.0.2/24",
							     "fd07::2/64" },
					      .address_count = 2,
					      .gateway = "10.7.0.1",
					      .mtu = 1400 };
	static const struct net_spec far = { .kind = NET_VETH,
					     .addresses = { "10.8.0.2/32" },
					     .address_count = 1,
					     .gateway = "10.8.0.1" };
	struct net net = NET_INIT;
	struct box box = box_open(configure_and_greet);

	is(net_check(&net, &near, 1), 0);
	is(net_create(&net, &near, 1, box.pid), 0);
	is_str(format_address(&net.links[0].outside).text, "10.7.0.1/24");
	is(box_run(&box, &net), 0);
	is_str(hear(ear).text, "10.7.0.2");
	net_remove(&net);
	/* The gateway is outside of the prefix. */
	box = box_open(configure_and_greet);
	is(net_check(&net, &far, 1), 0);
	is(net_create(&net, &far, 1, box.pid), 0);
	is(box_run(&box, &net), 0);
	net_remove(&net);
}

static void test_none_and_host(void)
{
	static const struct net_spec none = { .kind = NET_NONE };
	static const struct net_spec host = { .kind = NET_HOST };
	struct net net = NET_INIT;
	struct box box = box_open(configure_and_greet);

	is(net_check(&net, &none, 1), 0);
	is(net_create(&net, &none, 1, box.pid), 0);
	is(net.count, 0);
	is(net.nl.fd, -1);
	is(box_run(&box, &net), 0);
	ok(!net_needs_launcher(&none, 1) && !net_needs_launcher(&host, 1));
}

static void test_pool(void)
{
	struct net_pool pool = { { 0 } };
	struct address a;
	struct net net = NET_INIT;

	is(net_pool_next(&pool, 0), 0);
	memset(pool.used, 0xff, 10);
	is(net_pool_next(&pool, 0), 80);
	memset(pool.used, 0xff, sizeof(pool.used));
	is(net_pool_next(&pool, 0), NET_POOL_SIZE);
	a = net_pool_inside(NET_POOL_SIZE - 1);
	is_str(format_address(&a).text, "169.254.254.254/30");
	is(netlink_open(&net.nl, NETLINK_ROUTE), 0);
	is(net_pool_read(&pool, &net.nl), 0);
	/* 169.254.169.x is the clouds' own. */
	is(net_pool_next(&pool, 10751), 10751);
	is(net_pool_next(&pool, 10752), 10880);
	netlink_close(&net.nl);
}

/* Addresses of others are not taken, nor names. */
static void test_occupied(void)
{
	static const struct net_spec veth = { .kind = NET_VETH };
	struct address a = address_v4(0xa9fe0106, 16), b = net_pool_outside(2);
	struct net net = NET_INIT;
	struct netlink_msg msg;
	struct box box = box_open(just_configure);

	is(net_check(&net, &veth, 1), 0);
	netlink_clear(&msg);
	rtnl_add_address(&msg, 1, &a);
	rtnl_add_address(&msg, 1, &b);
	rtnl_new_link(&msg, "ve-1", 0);

	size_t info = netlink_nest(&msg, IFLA_LINKINFO);

	netlink_put_str(&msg, IFLA_INFO_KIND, "bridge");
	netlink_unnest(&msg, info);
	is(netlink_request(&net.nl, &msg), 0);
	is(net_create(&net, &veth, 1, box.pid), 0);
	is_str(net.links[0].host, "ve-4");
	net_remove(&net);
	box_drop(&box);
}

/* As many launchers at once as there can be on two processors. */
static void test_race(void)
{
	enum { MANY = 12 };
	static const struct net_spec specs[] = {
		{ .kind = NET_VETH },
		{ .kind = NET_VETH, .pair = "mine%d" },
	};
	pid_t pids[MANY];
	int pipes[2], count = 0;
	uint32_t seen[MANY], number;

	if (pipe(pipes) < 0)
		exit(1);
	for (int i = 0; i < MANY; i++) {
		struct net_spec spec = specs[i % 2];
		struct net net = NET_INIT;
		char pair[16];

		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		snprintf(pair, sizeof(pair), "mine%d", i);
		spec.pair = spec.pair ? pair : NULL;

		struct box box = box_open(just_configure);

		number = net_create(&net, &spec, 1, box.pid) < 0
				 ? 0
				 : address_number(&net.links[0].inside[0]);
		if (write(pipes[1], &number, sizeof(number)) < 0)
			_exit(1);
		pause();
	}
	close(pipes[1]);
	while (count < MANY && read(pipes[0], &number, 4) == 4) {
		for (int i = 0; i < count; i++)
			if (seen[i] == number)
				ok(!"two launchers took the same address");
		seen[count++] = number;
	}
	is(count, MANY);
	for (int i = 0; i < MANY; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

static void test_bridge(void)
{
	static const struct net_spec port = { .kind = NET_VETH,
					      .link = "br0",
					      .addresses = { "10.9.0.2/24" },
					      .address_count = 1 };
	struct address a = address_v4(0x0a090001, 24);
	struct net net = NET_INIT;
	struct netlink_msg msg;
	struct box box = box_open(configure_and_greet);

	is(net_check(&net, &port, 1), -1);
	is_str(said, "cannot find bridge 'br0': No such device");
	netlink_clear(&msg);
	rtnl_new_link(&msg, "br0", IFF_UP);

	size_t info = netlink_nest(&msg, IFLA_LINKINFO);

	netlink_put_str(&msg, IFLA_INFO_KIND, "bridge");
	netlink_unnest(&msg, info);
	is(netlink_request(&net.nl, &msg), 0);
	netlink_clear(&msg);
	rtnl_add_address(&msg, rtnl_index(&net.nl, "br0"), &a);
	is(netlink_request(&net.nl, &msg), 0);
	is(net_check(&net, &port, 1), 0);
	is(net_create(&net, &port, 1, box.pid), 0);
	is(net.links[0].outside.family, 0);
	net.links[0].outside = a;

	int ear = ear_open();

	is(box_run(&box, &net), 0);
	is_str(hear(ear).text, "10.9.0.2");
	close(ear);
	net_remove(&net);
}

static void test_refused(void)
{
	static const struct {
		struct net_spec spec;
		const char *message;
	} bad[] = {
		{ { .name = "lo" }, "cannot call an interface 'lo'" },
		{ { .pair = "lo" }, "cannot create veth 'lo'" },
		{ { .link = "lo" }, "cannot attach 'eth0' to 'lo': it is not" },
		{ { .link = "nope" }, "cannot find bridge 'nope'" },
	};
	static const struct net_spec twins[] = {
		{ .kind = NET_VETH, .name = "eth1" },
		{ .kind = NET_VETH },
	};
	struct net net = NET_INIT;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct net_spec spec = bad[i].spec;

		spec.kind = NET_VETH;
		said[0] = '\0';
		is(net_check(&net, &spec, 1), -1);
		if (!ok(strstr(said, bad[i].message)))
			printf("# it says: %s\n", said);
	}
	is(net_check(&net, twins, 2), -1);
	is_str(said, "cannot call two interfaces 'eth1' (--net)");
}

/* The container died before it had a network. */
static void test_gone(void)
{
	static const struct net_spec veth = { .kind = NET_VETH };
	struct net net = NET_INIT;
	struct box box = box_open(just_configure);

	box_drop(&box);
	is(net_check(&net, &veth, 1), 0);
	is(net_create(&net, &veth, 1, box.pid), -1);
	is_str(said, "cannot create veth 've-1': No such process");
	net_remove(&net);
}

/* NL80211_CMD_SET_WIPHY_NETNS to family 0x1c, radio 3, namespace fd 5. */
static void test_radio(void)
{
	static const uint8_t want[] = {
		36,   0, 0,   0, /* length */
		0x1c, 0,         /* family */
		1,    0,         /* request */
		0,    0, 0,   0, /* sequence number, set when it is sent */
		0,    0, 0,   0, /* port */
		49,   1, 0,   0, /* command, version */
		8,    0, 1,   0, /* NL80211_ATTR_WIPHY */
		3,    0, 0,   0, /* */
		8,    0, 219, 0, /* NL80211_ATTR_NETNS_FD */
		5,    0, 0,   0,
	};
	struct netlink_msg msg;

	net_radio_message(&msg, 0x1c, 3, 5);
	is(msg.len, sizeof(want));
	for (size_t i = 0; i < sizeof(want); i++)
		if (!is((uint8_t)msg.bytes[i], want[i]))
			printf("# byte %zu\n", i);
	is(net_radio("lo"), -1);
}

int main(void)
{
	int ear;

	alarm(120);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	enter_new_netns();
	is(net_configure(&(struct net)NET_INIT), 0); /* lo */
	ear = ear_open();
	report_to(keep_line);
	test_default(ear);
	test_remove();
	test_given_addresses(ear);
	close(ear);
	test_none_and_host();
	test_pool();
	test_occupied();
	test_race();
	test_bridge();
	test_refused();
	test_gone();
	test_radio();
	return done();
}
