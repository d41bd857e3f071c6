/* dhcp.c - DHCPv4 (RFC 2131), as a client writes and reads it */
#include "dhcp.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "text.h"

enum {
	CLIENT_PORT = 68,
	SERVER_PORT = 67,
	/* Offsets in the packet: IPv4, UDP, BOOTP, options. */
	IP_SIZE = 20,
	UDP_SIZE = 8,
	BOOTP = IP_SIZE + UDP_SIZE,
	/* And in BOOTP. */
	ID = 4,
	CIADDR = 12,
	YIADDR = 16,
	CHADDR = 28,
	COOKIE = 236,
	OPTIONS = 240,
	BOOTP_MIN = 300, /* what old relays expect */
	HOSTNAME_MAX = 63,
	LEASE_USUAL = 3600,
	DEFAULT_PREFIX = 24,
};

enum option {
	PAD = 0,
	MASK = 1,
	ROUTER = 3,
	DNS = 6,
	HOSTNAME = 12,
	DOMAIN = 15,
	REQUESTED = 50,
	LEASE_TIME = 51,
	TYPE = 53,
	SERVER = 54,
	PARAMETERS = 55,
	RENEW_TIME = 58,
	CLIENT = 61,
	END = 255,
};

static const uint8_t cookie[] = { 99, 130, 83, 99 };

static void put16(uint8_t *to, uint16_t value)
{
	value = htons(value);
	memcpy(to, &value, sizeof(value));
}

static uint16_t get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return ntohl(value);
}

static uint8_t *put_option(uint8_t *to, enum option option, const void *data,
			   size_t len)
{
	*to++ = (uint8_t)option;
	*to++ = (uint8_t)len;
	memcpy(to, data, len);
	return to + len;
}

static uint8_t *put_options(uint8_t *to, const struct dhcp_request *r)
{
	static const uint8_t parameters[] = { MASK,      ROUTER,     DNS,
					      DOMAIN,    LEASE_TIME, SERVER,
					      RENEW_TIME };
	const uint8_t type = (uint8_t)r->type;
	uint8_t client[1 + MAC_SIZE] = { 1 }; /* Ethernet */

	memcpy(client + 1, r->mac, MAC_SIZE);
	to = put_option(to, TYPE, &type, 1);
	to = put_option(to, CLIENT, client, sizeof(client));
	if (r->wanted)
		to = put_option(to, REQUESTED, &r->wanted, 4);
	if (r->of_server)
		to = put_option(to, SERVER, &r->of_server, 4);
	if (r->type != DHCP_RELEASE) {
		to = put_option(to, PARAMETERS, parameters, sizeof(parameters));
		if (r->hostname && strlen(r->hostname) <= HOSTNAME_MAX)
			to = put_option(to, HOSTNAME, r->hostname,
					strlen(r->hostname));
	}
	*to++ = END;
	return to;
}

/* The checksum of an IPv4 header; UDP's may be left out. */
static uint16_t checksum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < IP_SIZE; i += 2)
		sum += get16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

static void put_headers(uint8_t *packet, size_t len, uint32_t source)
{
	packet[0] = 0x45; /* IPv4, without options */
	put16(packet + 2, (uint16_t)len);
	packet[8] = 64; /* hops */
	packet[9] = IPPROTO_UDP;
	memcpy(packet + 12, &source, 4);
	memset(packet + 16, 0xff, 4); /* to all */
	put16(packet + 10, checksum(packet));
	put16(packet + IP_SIZE, CLIENT_PORT);
	put16(packet + IP_SIZE + 2, SERVER_PORT);
	put16(packet + IP_SIZE + 4, (uint16_t)(len - IP_SIZE));
}

size_t dhcp_write(uint8_t packet[DHCP_PACKET_MAX], const struct dhcp_request *r)
{
	uint8_t *bootp = packet + BOOTP;
	size_t len;

	memset(packet, 0, DHCP_PACKET_MAX);
	bootp[0] = 1; /* a request */
	bootp[1] = 1; /* Ethernet */
	bootp[2] = MAC_SIZE;
	memcpy(bootp + ID, &r->id, 4);
	memcpy(bootp + CIADDR, &r->own, 4);
	memcpy(bootp + CHADDR, r->mac, MAC_SIZE);
	memcpy(bootp + COOKIE, cookie, sizeof(cookie));
	len = (size_t)(put_options(bootp + OPTIONS, r) - bootp);
	len = BOOTP + (len < BOOTP_MIN ? BOOTP_MIN : len);
	put_headers(packet, len, r->own);
	return len;
}

/* The BOOTP part of a datagram to our port, and its length; 0: it is none. */
static size_t find_bootp(const uint8_t *packet, size_t len,
			 const uint8_t **bootp)
{
	size_t header, total;

	if (len < IP_SIZE || packet[0] >> 4 != 4)
		return 0;
	header = (size_t)(packet[0] & 15) * 4;
	total = get16(packet + 2);
	if (header < IP_SIZE || total > len || total < header + UDP_SIZE ||
	    packet[9] != IPPROTO_UDP || (get16(packet + 6) & 0x3fff))
		return 0;
	if (get16(packet + header) != SERVER_PORT ||
	    get16(packet + header + 2) != CLIENT_PORT)
		return 0;
	*bootp = packet + header + UDP_SIZE;
	return total - header - UDP_SIZE;
}

static uint8_t prefix_of(uint32_t mask)
{
	uint8_t prefix = 0;

	while (prefix < 32 && mask >> (31 - prefix) & 1)
		prefix++;
	return prefix;
}

/* It goes into a file of the container's: letters, digits, "-" and ".". */
static void take_domain(struct dhcp_lease *lease, const uint8_t *data,
			size_t len)
{
	if (len >= sizeof(lease->domain))
		return;
	for (size_t i = 0; i < len; i++) {
		bool fine = (data[i] >= 'a' && data[i] <= 'z') ||
			    (data[i] >= 'A' && data[i] <= 'Z') ||
			    (data[i] >= '0' && data[i] <= '9') ||
			    data[i] == '-' || data[i] == '.';

		if (!fine && (data[i] || i + 1 < len))
			return;
	}
	memcpy(lease->domain, data, len);
	lease->domain[len] = '\0';
}

static void take_words(struct dhcp_lease *lease, uint8_t option,
		       const uint8_t *data, size_t len)
{
	switch (option) {
	case MASK:
		lease->address.prefix = prefix_of(get32(data));
		break;
	case ROUTER:
		memcpy(&lease->router, data, 4);
		break;
	case SERVER:
		memcpy(&lease->server, data, 4);
		break;
	case DNS:
		memcpy(lease->dns, data,
		       len < sizeof(lease->dns) ? len / 4 * 4
						: sizeof(lease->dns));
		break;
	case LEASE_TIME:
		lease->seconds = get32(data);
		break;
	case RENEW_TIME:
		lease->renew_seconds = get32(data);
		break;
	}
}

/* Returns the message's type; -1: it has none. */
static int take_options(struct dhcp_lease *lease, const uint8_t *p,
			const uint8_t *end)
{
	int type = -1;

	while (p < end && *p != END) {
		const uint8_t *data = p + 2;

		if (*p == PAD) {
			p++;
			continue;
		}
		if (end - p < 2 || end - data < p[1])
			break;
		if (*p == TYPE && p[1] == 1)
			type = data[0];
		else if (*p == DOMAIN)
			take_domain(lease, data, p[1]);
		else if (p[1] >= 4)
			take_words(lease, *p, data, p[1]);
		p = data + p[1];
	}
	return type;
}

/* An address that a host can have. */
static bool is_host(const struct address *a)
{
	uint32_t n = address_number(a);

	return n >> 24 != 0 && n >> 24 != 127 && n >> 24 < 224;
}

static void settle(struct dhcp_lease *lease)
{
	if (lease->address.prefix == 0)
		lease->address.prefix = DEFAULT_PREFIX;
	if (lease->seconds == 0)
		lease->seconds = LEASE_USUAL;
	if (lease->renew_seconds == 0 || lease->renew_seconds > lease->seconds)
		lease->renew_seconds = lease->seconds == UINT32_MAX
					       ? UINT32_MAX
					       : lease->seconds / 2;
	/* Less would be a storm. */
	if (lease->renew_seconds == 0)
		lease->renew_seconds = 1;
}

int dhcp_read(const void *packet, size_t len, uint32_t id,
	      const uint8_t mac[MAC_SIZE], struct dhcp_lease *lease)
{
	const uint8_t *bootp = NULL;
	int type;

	len = find_bootp(packet, len, &bootp);
	if (len < OPTIONS || bootp[0] != 2 || memcmp(bootp + ID, &id, 4) != 0 ||
	    memcmp(bootp + CHADDR, mac, MAC_SIZE) != 0 ||
	    memcmp(bootp + COOKIE, cookie, sizeof(cookie)) != 0)
		return -1;
	*lease = (struct dhcp_lease){ .address = { .family = AF_INET } };
	memcpy(lease->address.bytes, bootp + YIADDR, 4);
	type = take_options(lease, bootp + OPTIONS, bootp + len);
	if (type == DHCP_NAK)
		return type;
	if ((type != DHCP_OFFER && type != DHCP_ACK) ||
	    !is_host(&lease->address))
		return -1;
	settle(lease);
	return type;
}
