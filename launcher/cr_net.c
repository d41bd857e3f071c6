/* cr_net.c - the links of a container, into an image and back */
#include "cr_net.h"

#include <errno.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "cr_obstacle.h"
#include "cr_route.h"
#include "cr_visit.h"
#include "net.h"
#include "spec.h"

struct dump {
	struct cr_image *image;
	const struct net *had;
	struct netlink nl;
	unsigned int indexes[SPEC_NETS_MAX + 1];
	size_t count;
	int result;
};

static int open_route(void *arg)
{
	return netlink_open(arg, NETLINK_ROUTE);
}

static const struct net_link *find(const struct net *had, const char *name)
{
	for (size_t i = 0; i < had->count; i++)
		if (strcmp(had->links[i].name, name) == 0)
			return had->links + i;
	return NULL;
}

static int dump_link(const struct nlmsghdr *item, void *arg)
{
	struct dump *d = arg;
	struct rtnl_link link;
	const struct net_link *had;
	struct cr_link *l;

	if (!item || rtnl_link(item, &link) < 0 || !link.name ||
	    link.flags & IFF_LOOPBACK)
		return 0;
	had = find(d->had, link.name);
	if (!had) {
		/* Those that the kernel makes in each namespace are no one's. */
		if (!(link.flags & IFF_UP))
			return 0;
		d->result |= cr_obstacle(NULL, "it has made the link '%s' (%s)",
					 link.name,
					 link.kind ? link.kind : "of a device");
		return 0;
	}
	l = cr_add(d->image, CR_LINK, sizeof(*l));
	l->index = link.index;
	l->mtu = link.mtu;
	if (link.mac)
		memcpy(l->mac, link.mac, sizeof(l->mac));
	copy_text(l->name, sizeof(l->name), link.name);
	if (had->inside_count > 0 &&
	    (had->kind == NET_NAT || had->kind == NET_VETH))
		copy_text(l->kept, sizeof(l->kept),
			  format_address(&had->inside[0]).text);
	return 0;
}

int cr_net_dump(struct cr_image *image, pid_t init, const struct net *had)
{
	struct dump d = { .image = image, .had = had, .nl = NETLINK_INIT };

	if (cr_visit_net(init, open_route, &d.nl) < 0 ||
	    rtnl_each_link(&d.nl, dump_link, &d) < 0 ||
	    cr_routes_dump(image, &d.nl) < 0)
		d.result = fail("cannot read the network of the container");
	netlink_close(&d.nl);
	return d.result;
}

static int note_link(const struct nlmsghdr *item, void *arg)
{
	struct dump *d = arg;
	struct rtnl_link link;

	if (item && rtnl_link(item, &link) == 0 &&
	    !(link.flags & IFF_LOOPBACK) && d->count < COUNT(d->indexes))
		d->indexes[d->count++] = link.index;
	return 0;
}

int cr_net_silence(pid_t init)
{
	struct dump d = { .nl = NETLINK_INIT };
	struct netlink_msg msg;
	int result = cr_visit_net(init, open_route, &d.nl);

	if (result == 0)
		result = rtnl_each_link(&d.nl, note_link, &d);
	netlink_clear(&msg);
	for (size_t i = 0; i < d.count; i++)
		rtnl_set_link(&msg, d.indexes[i], NULL, 0, IFF_UP);
	if (result == 0 && d.count > 0)
		result = netlink_request(&d.nl, &msg);
	netlink_close(&d.nl);
	return result < 0 ? fail("cannot take the container off the network")
			  : 0;
}

/* Those of which nobody else has said what it is. */
static void keep(struct net_spec *n, const struct cr_link *l,
		 struct mac_text *mac)
{
	bool own = n->kind == NET_VETH || n->kind == NET_NAT ||
		   n->kind == NET_MACVLAN;

	n->index = n->kind == NET_PHYS ? 0 : l->index;
	if (own && !n->hwaddr) {
		*mac = format_mac(l->mac);
		n->hwaddr = mac->text;
	}
	if (l->kept[0] &&
	    (n->kind == NET_NAT ||
	     (n->kind == NET_VETH && !n->link && n->address_count == 0)))
		n->kept = l->kept;
}

void cr_net_restore(const struct cr_image *image, struct spec *spec)
{
	static struct mac_text macs[SPEC_NETS_MAX];
	const struct cr_link *l;

	for (size_t i = 0; i < spec->net_count; i++) {
		struct net_spec *n = spec->nets + i;
		char name[IFNAMSIZ];

		if (n->name)
			copy_text(name, sizeof(name), n->name);
		else
			format(name, sizeof(name), "eth%zu", i);
		cr_each (l, image, NULL, CR_LINK, 0)
			if (strcmp(l->name, name) == 0)
				keep(n, l, macs + i);
	}
}
