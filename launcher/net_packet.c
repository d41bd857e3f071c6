/* net_packet.c - the sockets of a DHCP client, in the container's namespace */
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "net_kind.h"

/* Only what is for our port; other packets would fill the socket. */
static int filter(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 2048),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {
		.len = COUNT(code),
		.filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

/* Without a protocol it hears nothing before it is bound. */
static int open_sockets(void *arg)
{
	struct net_lease *l = arg;

	l->socket = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->socket < 0)
		return -1;
	return netlink_open(&l->nl, NETLINK_ROUTE);
}

int lease_open(struct net_lease *l, pid_t pid)
{
	autofd int netns = -1;
	char path[32];

	format(path, sizeof(path), "/proc/%d/ns/net", pid);
	netns = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (netns < 0 || net_inside(netns, open_sockets, l) < 0)
		return -1;
	return filter(l->socket);
}

static int keep_mac(const struct nlmsghdr *item, void *arg)
{
	struct net_lease *l = arg;
	struct rtnl_link link;

	if (rtnl_link(item, &link) == 0 && link.mac) {
		l->index = link.index;
		memcpy(l->request.mac, link.mac, MAC_SIZE);
	}
	return 0;
}

int lease_bind(struct net_lease *l, const char *name)
{
	struct sockaddr_ll own = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
	};
	struct netlink_msg msg;

	if (rtnl_get_link(&l->nl, 0, name, keep_mac, l) < 0 || l->index == 0)
		return -1;
	own.sll_ifindex = (int)l->index;
	netlink_clear(&msg);
	rtnl_set_link(&msg, l->index, NULL, IFF_UP, IFF_UP);
	if (netlink_request(&l->nl, &msg) < 0)
		return -1;
	return bind(l->socket, (const struct sockaddr *)&own, sizeof(own));
}

void lease_speak(struct net_lease *l)
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)l->index,
		.sll_halen = MAC_SIZE,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	uint8_t packet[DHCP_PACKET_MAX];
	size_t len = dhcp_write(packet, &l->request);

	/* What does not go out now will be said again. */
	sendto(l->socket, packet, len, 0, (const struct sockaddr *)&all,
	       sizeof(all));
}
