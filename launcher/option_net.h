/* option_net.h - the kinds of interfaces as bits, for what only some can have */
#pragma once

#include "spec.h"

#define KIND(kind) (1U << (kind))
enum {
	VETH = KIND(NET_VETH),
	NAT = KIND(NET_NAT),
	PHYS = KIND(NET_PHYS),
	MACVLAN = KIND(NET_MACVLAN),
	IPVLAN = KIND(NET_IPVLAN),
	VLAN = KIND(NET_VLAN),
	CHILDREN = MACVLAN | IPVLAN | VLAN, /* of a device of the host's */
	ANY = VETH | PHYS | CHILDREN, /* that are configured by the user */
	ALL = ANY | NAT,
};
