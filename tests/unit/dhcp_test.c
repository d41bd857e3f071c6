/* dhcp_test.c - DHCP packets, good and broken */
#include "common/dhcp.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/count.h"
#include "tap.h"

enum { BOOTP = 28, YIADDR = BOOTP + 16, OPTIONS = BOOTP + 240 };

static const uint8_t mac[MAC_SIZE] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t other[MAC_SIZE] = { 2, 0, 0, 0, 0, 2 };
static const uint32_t id = 0x04030201;

static struct dhcp_request request(enum dhcp_type type)
{
	struct dhcp_request r = { .type = type, .id = id };

	memcpy(r.mac, mac, sizeof(mac));
	return r;
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A server's answer with these options; returns its length. */
static size_t answer(uint8_t packet[DHCP_PACKET_MAX], const void *options,
		     size_t size)
{
	static const uint8_t address[] = { 10, 7, 0, 50 };
	struct dhcp_request r = request(DHCP_DISCOVER);
	size_t len = OPTIONS + size;

	dhcp_write(packet, &r);
	packet[BOOTP] = 2;
	put16(packet + 2, (unsigned int)len);
	put16(packet + 20, 67);
	put16(packet + 22, 68);
	put16(packet + 24, (unsigned int)len - 20);
	memcpy(packet + YIADDR, address, sizeof(address));
	memcpy(packet + OPTIONS, options, size);
	return len;
}

#define OFFER  53, 1, 2
#define LEASE  51, 4, 0, 0, 1, 0
#define SERVER 54, 4, 10, 7, 0, 1

static void test_offer(void)
{
	static const uint8_t options[] = {
		OFFER, LEASE, SERVER, 0, 0, 1,  4, 255, 255, 254, 0,   3,
		8,     10,    7,      0, 1, 10, 7, 0,   2,   6,   8,   9,
		9,     9,     9,      8, 8, 8,  8, 15,  4,   'a', '.', 'b',
		0,     58,    4,      0, 0, 0,  9, 255, 99
	};
	uint8_t packet[DHCP_PACKET_MAX];
	struct dhcp_lease lease;
	size_t len = answer(packet, options, sizeof(options));

	is(dhcp_read(packet, len, id, mac, &lease), DHCP_OFFER);
	is_str(format_address(&lease.address).text, "10.7.0.50/23");
	is(ntohl(lease.server), 0x0a070001);
	is(ntohl(lease.router), 0x0a070001);
	is(ntohl(lease.dns[0]), 0x09090909);
	is(ntohl(lease.dns[1]), 0x08080808);
	is(lease.dns[2], 0);
	is(lease.seconds, 256);
	is(lease.renew_seconds, 9);
	is_str(lease.domain, "a.b");
	/* Not ours. */
	is(dhcp_read(packet, len, id + 1, mac, &lease), -1);
	is(dhcp_read(packet, len, id, other, &lease), -1);
	for (size_t i = 0; i < len; i++) {
		uint8_t *cut = malloc(i ? i : 1);

		memcpy(cut, packet, i);
		if (dhcp_read(cut, i, id, mac, &lease) >= 0)
			ok(!"half a packet was taken");
		free(cut);
	}
}

static void test_defaults(void)
{
	static const uint8_t least[] = { OFFER, 255 };
	static const uint8_t for_ever[] = { OFFER, 51,  4,   255,
					    255,   255, 255, 255 };
	static const uint8_t short_one[] = { OFFER, 51, 4, 0, 0, 0, 1, 255 };
	static const uint8_t evil[] = { OFFER, 15,  9,   'a', '\n', 'n', 'a',
					'm',   'e', 's', 'v', ' ',  255 };
	uint8_t packet[DHCP_PACKET_MAX];
	struct dhcp_lease lease;

	is(dhcp_read(packet, answer(packet, least, sizeof(least)), id, mac,
		     &lease),
	   DHCP_OFFER);
	is(lease.address.prefix, 24);
	is(lease.seconds, 3600);
	is(lease.renew_seconds, 1800);
	is(dhcp_read(packet, answer(packet, for_ever, sizeof(for_ever)), id,
		     mac, &lease),
	   DHCP_OFFER);
	is(lease.renew_seconds, UINT32_MAX);
	is(dhcp_read(packet, answer(packet, short_one, sizeof(short_one)), id,
		     mac, &lease),
	   DHCP_OFFER);
	is(lease.renew_seconds, 1);
	is(dhcp_read(packet, answer(packet, evil, sizeof(evil)), id, mac,
		     &lease),
	   DHCP_OFFER);
	is_str(lease.domain, "");
}

static void test_refused(void)
{
	static const uint8_t nak[] = { 53, 1, 6, 255 };
	static const uint8_t none[] = { LEASE, SERVER, 255 };
	static const uint8_t long_one[] = { OFFER, 6, 200, 1, 2, 3 };
	static const uint8_t discover[] = { 53, 1, 1, 255 };
	uint8_t packet[DHCP_PACKET_MAX];
	struct dhcp_lease lease;
	size_t len = answer(packet, nak, sizeof(nak));

	memset(packet + YIADDR, 0, 4);
	is(dhcp_read(packet, len, id, mac, &lease), DHCP_NAK);
	len = answer(packet, none, sizeof(none));
	is(dhcp_read(packet, len, id, mac, &lease), -1);
	len = answer(packet, discover, sizeof(discover));
	is(dhcp_read(packet, len, id, mac, &lease), -1);
	/* What is cut off is passed over. */
	len = answer(packet, long_one, sizeof(long_one));
	is(dhcp_read(packet, len, id, mac, &lease), DHCP_OFFER);
	is(lease.dns[0], 0);
	for (unsigned int first = 0; first < 256; first++) {
		bool fine = first != 0 && first != 127 && first < 224;
		static const uint8_t offer[] = { OFFER, 255 };

		len = answer(packet, offer, sizeof(offer));
		packet[YIADDR] = (uint8_t)first;
		if (dhcp_read(packet, len, id, mac, &lease) !=
		    (fine ? DHCP_OFFER : -1))
			ok(!"an address that no host can have");
	}
}

/* Each header field that makes it something else. */
static void test_headers(void)
{
	static const uint8_t offer[] = { OFFER, 255 };
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 0, 0x65 }, { 0, 0x44 },  { 0, 0x4f },        { 2, 0xff },
		{ 6, 0x20 }, { 7, 1 },     { 9, 6 },           { 21, 66 },
		{ 23, 67 },  { BOOTP, 1 }, { BOOTP + 236, 0 },
	};
	uint8_t packet[DHCP_PACKET_MAX];
	struct dhcp_lease lease;

	for (size_t i = 0; i < COUNT(changes); i++) {
		size_t len = answer(packet, offer, sizeof(offer));

		packet[changes[i].at] = changes[i].value;
		is(dhcp_read(packet, len, id, mac, &lease), -1);
	}
}

/* What we say is what a server reads; the checksum of the header is right. */
static void test_write(void)
{
	struct dhcp_request r = request(DHCP_REQUEST);
	uint8_t packet[DHCP_PACKET_MAX];
	uint32_t sum = 0;
	size_t len;

	r.wanted = htonl(0x0a070032);
	r.of_server = htonl(0x0a070001);
	r.hostname = "web";
	len = dhcp_write(packet, &r);
	is(len, 328);
	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)(packet[i] << 8 | packet[i + 1]);
	is((sum & 0xffff) + (sum >> 16), 0xffff);
	ok(memmem(packet, len, "\x0c\x03web", 5));
	ok(memmem(packet, len, "\x32\x04\x0a\x07\x00\x32", 6));
	ok(memmem(packet, len, "\x36\x04\x0a\x07\x00\x01", 6));
	r.hostname =
		"a-name-of-63-bytes-is-the-longest-that-there-is-to-be-had-in-dns";
	len = dhcp_write(packet, &r);
	ok(len <= DHCP_PACKET_MAX && !memmem(packet, len, "a-name", 6));
}

int main(void)
{
	test_offer();
	test_defaults();
	test_refused();
	test_headers();
	test_write();
	return done();
}
