/* dhcp.h - DHCPv4 (RFC 2131), as a client writes and reads it
 *
 * Whole IPv4 packets, as a packet socket has them: before there is an address
 * there is no other way.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "address.h"

enum {
	DHCP_PACKET_MAX = 576, /* of ours; what servers send may be longer */
	DHCP_DNS_MAX = 3,
	DHCP_DOMAIN_MAX = 64,
};

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
};

/* What a server gives.  Addresses in network order; 0: none. */
struct dhcp_lease {
	struct address address; /* with its prefix */
	uint32_t server, router;
	uint32_t dns[DHCP_DNS_MAX];
	uint32_t seconds, renew_seconds; /* UINT32_MAX: for ever */
	char domain[DHCP_DOMAIN_MAX];    /* "" or a proper name */
};

struct dhcp_request {
	enum dhcp_type type;
	uint32_t id;
	uint8_t mac[MAC_SIZE];
	uint32_t own;               /* the address that we have */
	uint32_t wanted, of_server; /* the one that was offered, and by whom */
	const char *hostname;       /* NULL: none */
};

/* Write the packet; returns its length. */
size_t dhcp_write(uint8_t packet[DHCP_PACKET_MAX],
		  const struct dhcp_request *request);

/* Read an answer to a request of that id and mac: its type, and for an offer or
 * an acknowledgement what is given.  -1: it is something else, or broken. */
int dhcp_read(const void *packet, size_t len, uint32_t id,
	      const uint8_t mac[MAC_SIZE], struct dhcp_lease *lease);
