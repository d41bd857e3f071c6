/* net_nat.c - a network of our own behind the host's addresses
 *
 * A veth on a bridge that all containers of this kind share; the host is their
 * gateway, and who they seem to be.  See net_nat.h for what is written down,
 * and net_filter.c for the rules.
 */
#include "net_nat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "common/count.h"
#include "common/io.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

enum {
	BRIDGES_MAX = 256,
	FIRST_HOST = 2, /* 0 is the network, 1 the bridge, 255 broadcast */
	LAST_HOST = 254,
};

/* Address number n of the network. */
static struct address host(const struct nat *nat, unsigned int n)
{
	return address_v4(address_number(&nat->network) | n, 24);
}

static struct address gateway(const struct nat *nat)
{
	return host(nat, 1);
}

static int set_sysctl(const char *path, const char *value)
{
	if (write_file_at(-1, path, "%s", value) < 0)
		return fail("cannot set '%s' to %s", path, value);
	return 0;
}

static const char forwarding[] = "/proc/sys/net/ipv4/ip_forward";

static int read_forwarding(struct nat *nat)
{
	char value[8];

	if (read_file_at(-1, forwarding, value, sizeof(value)) < 0)
		return fail("cannot read '%s'", forwarding);
	nat->forwarded = value[0] == '1';
	return 0;
}

static int send_bridge(struct netlink *nl, const struct nat *nat)
{
	struct netlink_msg msg;
	size_t info;

	netlink_clear(&msg);
	rtnl_new_link(&msg, nat->bridge, 0);
	netlink_put(&msg, IFLA_ADDRESS, nat->mac, sizeof(nat->mac));
	info = netlink_nest(&msg, IFLA_LINKINFO);
	netlink_put_str(&msg, IFLA_INFO_KIND, "bridge");
	netlink_unnest(&msg, info);
	return netlink_request(nl, &msg);
}

/* Under the first name that nobody has; its address says that it is ours. */
static int create_bridge(struct netlink *nl, struct nat *nat)
{
	getrandom(nat->mac, sizeof(nat->mac), GRND_NONBLOCK);
	nat->mac[0] = 2; /* given locally, to one station */
	for (int i = 0; i < BRIDGES_MAX; i++) {
		format(nat->bridge, sizeof(nat->bridge), "launch%d", i);
		if (rtnl_index(nl, nat->bridge) != 0)
			continue;
		if (nat_write(nat) < 0)
			return -1;
		if (send_bridge(nl, nat) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return fail("cannot create the bridge '%s'%s", nat->bridge, nl->why);
}

/* Before it is up: it speaks no IPv6, so no container can tell the host by
 * router advertisements where to send its own.  And 127.0.0.1 reaches
 * published ports; the rules keep off who comes from there. */
static int set_up_bridge(const struct nat *nat)
{
	char path[80];

	if (format(path, sizeof(path),
		   "/proc/sys/net/ipv6/conf/%s/disable_ipv6", nat->bridge) == 0)
		write_file_at(-1, path, "1");
	if (format(path, sizeof(path),
		   "/proc/sys/net/ipv4/conf/%s/route_localnet",
		   nat->bridge) < 0)
		return fail("cannot name the settings of '%s'", nat->bridge);
	return set_sysctl(path, "1");
}

static int bring_up(struct netlink *nl, const struct nat *nat,
		    unsigned int bridge)
{
	struct address own = gateway(nat);
	struct netlink_msg msg;

	netlink_clear(&msg);
	rtnl_add_address(&msg, bridge, &own);
	rtnl_set_link(&msg, bridge, NULL, IFF_UP, IFF_UP);
	if (netlink_request(nl, &msg) < 0)
		return fail("cannot set up the bridge '%s'%s", nat->bridge,
			    nl->why);
	return 0;
}

static int set_up(struct netlink *nl, struct netlink *nf, struct nat *nat)
{
	unsigned int bridge;

	if (create_bridge(nl, nat) < 0)
		return -1;
	bridge = rtnl_index(nl, nat->bridge);
	if (bridge == 0)
		return fail("cannot find the bridge '%s'", nat->bridge);
	if (set_up_bridge(nat) < 0 || nat_filter_create(nf, nat, bridge) < 0 ||
	    bring_up(nl, nat, bridge) < 0)
		return -1;
	if (!nat->forwarded && set_sysctl(forwarding, "1") < 0)
		return -1;
	nat->ready = true;
	return nat_write(nat);
}

struct search {
	const struct nat *nat;
	bool found;
};

static int match_bridge(const struct nlmsghdr *item, void *arg)
{
	struct search *search = arg;
	struct rtnl_link link;

	if (rtnl_link(item, &link) == 0 && link.mac)
		search->found =
			memcmp(link.mac, search->nat->mac, MAC_SIZE) == 0;
	return 0;
}

/* Unless it is a stranger's. */
static int remove_bridge(struct netlink *nl, const struct nat *nat)
{
	struct search search = { .nat = nat };
	struct netlink_msg msg;

	if (rtnl_get_link(nl, 0, nat->bridge, match_bridge, &search) < 0 &&
	    errno != ENODEV)
		return fail("cannot look for the bridge '%s'%s", nat->bridge,
			    nl->why);
	if (!search.found)
		return 0;
	netlink_clear(&msg);
	rtnl_delete_link(&msg, rtnl_index(nl, nat->bridge));
	if (netlink_request(nl, &msg) < 0 && errno != ENODEV)
		return fail("cannot remove the bridge '%s'%s", nat->bridge,
			    nl->why);
	return 0;
}

/* Whatever there is of it.  What is gone already is no error. */
static int tear_down(struct netlink *nl, struct netlink *nf,
		     const struct nat *nat)
{
	if (!nat->bridge[0])
		return 0;
	if (nat_filter_remove(nf, nat) < 0 || remove_bridge(nl, nat) < 0)
		return -1;
	return nat->forwarded ? 0 : set_sysctl(forwarding, "0");
}

/* Who made it may have been killed on the way, and people flush rules. */
static bool is_whole(struct netlink *nl, struct netlink *nf,
		     const struct nat *nat)
{
	return nat->bridge[0] && nat->ready &&
	       rtnl_index(nl, nat->bridge) != 0 && nat_filter_exists(nf, nat);
}

static int take_address(struct nat *nat, const struct net_spec *spec,
			struct net_link *link, struct address *address)
{
	for (unsigned int n = FIRST_HOST; n <= LAST_HOST; n++) {
		if (nat->used[n / 8] >> n % 8 & 1 ||
		    !net_is_kept(spec, host(nat, n)))
			continue;
		nat->used[n / 8] |= (uint8_t)(1 << n % 8);
		*address = host(nat, n);
		return 0;
	}
	if (spec->kept)
		return net_kept_failed(spec, link);
	return failx("cannot find a free address: all of %s is in use",
		     format_address(&nat->network).text);
}

static int prepare(struct netlink *nl, struct netlink *nf, struct nat *nat,
		   const struct net_spec *spec)
{
	bool is_new = !nat->bridge[0];

	if (!is_new && tear_down(nl, nf, nat) < 0)
		return -1;
	nat->ready = false;
	if (read_forwarding(nat) < 0)
		return -1;
	return is_new ? nat_choose_network(nl, spec->kept, &nat->network) : 0;
}

/* Become one more of those who share it.  In the order of writing down: what
 * the container has, what is taken, what there is. */
static int join(struct net *net, const struct net_spec *spec,
		struct net_link *link, struct netlink *nf, struct nat *nat,
		struct nat_share *share)
{
	bool whole = is_whole(&net->nl, nf, nat);

	if (!whole && prepare(&net->nl, nf, nat, spec) < 0)
		return -1;
	if (take_address(nat, spec, link, &share->address) < 0 ||
	    nat_share_write(net, share) < 0)
		return -1;
	if (whole ? nat_write(nat) < 0 : set_up(&net->nl, nf, nat) < 0)
		return -1;
	return nat_ports_open(nf, nat, share);
}

static int open_filter(struct netlink *nf)
{
	if (netlink_open(nf, NETLINK_NETFILTER) < 0)
		return fail("cannot open a socket to nf_tables%s",
			    errno == EPROTONOSUPPORT
				    ? " (is there a kernel module nfnetlink?)"
				    : "");
	return 0;
}

/* As an address always has the same, nobody remembers a wrong one. */
static void set_mac(struct mac_text *text, const struct address *a)
{
	uint8_t mac[MAC_SIZE] = { 0x02, 0x4c };

	memcpy(mac + 2, a->bytes, 4);
	*text = format_mac(mac);
}

/* Where br_netfilter is at work, who asks for its own published port has the
 * answer turned round by the bridge itself, which that must not mind. */
static int allow_hairpin(struct netlink *nl, const struct net_link *link)
{
	struct netlink_msg msg;
	size_t info, data;

	netlink_clear(&msg);
	rtnl_set_link(&msg, link->index, NULL, 0, 0);
	info = netlink_nest(&msg, IFLA_LINKINFO);
	netlink_put_str(&msg, IFLA_INFO_SLAVE_KIND, "bridge");
	data = netlink_nest(&msg, IFLA_INFO_SLAVE_DATA);
	netlink_put_u8(&msg, IFLA_BRPORT_MODE, 1);
	netlink_unnest(&msg, data);
	netlink_unnest(&msg, info);
	if (netlink_request(nl, &msg) < 0)
		return fail("cannot set up the bridge's port '%s'%s",
			    link->host, nl->why);
	return 0;
}

static int plug_in(struct net *net, const struct net_spec *spec,
		   struct net_link *link, const struct nat *nat, pid_t pid)
{
	struct net_spec port = *spec;
	struct mac_text mac;

	set_mac(&mac, &link->inside[0]);
	if (!port.hwaddr)
		port.hwaddr = mac.text;
	port.link = nat->bridge;
	if (net_veth.create(net, &port, link, pid) < 0)
		return -1;
	return net->wanted && net->wanted->publish_count
		       ? allow_hairpin(&net->nl, link)
		       : 0;
}

static int create(struct net *net, const struct net_spec *spec,
		  struct net_link *link, pid_t pid)
{
	const struct spec *wanted = net->wanted;
	struct nat_share share = { .netns = nat_netns() };
	struct netlink nf;
	struct nat nat;
	int result = -1;

	if (share.netns == 0 || nat_share_write(net, &share) < 0)
		return -1;
	if (wanted) {
		memcpy(share.ports, wanted->publish, sizeof(share.ports));
		share.count = wanted->publish_count;
	}
	if (nat_open(net, &nat, share.netns) < 0)
		return -1;
	if (open_filter(&nf) == 0)
		result = join(net, spec, link, &nf, &nat, &share);
	netlink_close(&nf);
	nat_close(&nat);
	if (result < 0)
		return -1;
	link->inside[0] = share.address;
	link->inside_count = 1;
	link->gateways[0].address = gateway(&nat);
	return plug_in(net, spec, link, &nat, pid);
}

static int check(struct net *net, const struct net_spec *spec,
		 const struct net_link *link)
{
	if (net_veth.check(net, spec, link) < 0)
		return -1;
	/* Between two lives of a container they stay its own. */
	if (!net->wanted || net->ports_taken)
		return 0;
	if (nat_ports_reserve(net->wanted->publish,
			      net->wanted->publish_count) < 0)
		return -1;
	net->ports_taken = true;
	return 0;
}

/* The last one turns off the light. */
static int leave(struct net *net, struct netlink *nf, struct nat *nat,
		 const struct nat_share *share)
{
	uint8_t n = share->address.bytes[3];

	if (n != 0) /* none yet */
		nat->used[n / 8] &= ~(1U << n % 8);
	/* What is in another network namespace is for who comes there. */
	if (nat->netns != nat_netns())
		return nat_write(nat);
	if (nat_is_used(nat)) {
		if (nat_ports_close(nf, nat, share) < 0)
			return -1;
		return nat_write(nat);
	}
	if (tear_down(&net->nl, nf, nat) < 0)
		return -1;
	nat_forget(net, nat);
	return 0;
}

void net_nat_leave(struct net *net)
{
	static struct nat_share share; /* large */
	struct netlink nf;
	struct nat nat;

	if (!nat_share_read(net, &share) ||
	    nat_open(net, &nat, share.netns) < 0)
		return;
	if (open_filter(&nf) == 0 && leave(net, &nf, &nat, &share) == 0)
		nat_share_forget(net);
	netlink_close(&nf);
	nat_close(&nat);
}

static int remove_link(struct net *net, struct net_link *link)
{
	return net_veth.remove(net, link);
}

const struct net_maker net_nat = {
	.name = "nat",
	.check = check,
	.create = create,
	.remove = remove_link,
};
