/* address.c - internet and hardware addresses, from text and to text */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "text.h"

static int error(int number)
{
	errno = number;
	return -1;
}

size_t address_size(const struct address *a)
{
	return a->family == AF_INET ? 4 : 16;
}

unsigned int address_bits(const struct address *a)
{
	return 8 * address_size(a);
}

struct address address_v4(uint32_t host_order, uint8_t prefix)
{
	struct address a = { .family = AF_INET, .prefix = prefix };
	uint32_t n = htonl(host_order);

	memcpy(a.bytes, &n, sizeof(n));
	return a;
}

uint32_t address_number(const struct address *a)
{
	uint32_t n;

	memcpy(&n, a->bytes, sizeof(n));
	return ntohl(n);
}

int parse_host_address(const char *text, struct address *a)
{
	*a = (struct address){ .family =
				       strchr(text, ':') ? AF_INET6 : AF_INET };
	a->prefix = address_bits(a);
	return inet_pton(a->family, text, a->bytes) == 1 ? 0 : error(EINVAL);
}

int parse_address(const char *text, struct address *a)
{
	const char *slash = strchr(text, '/');
	char host[ADDRESS_TEXT];
	uint64_t prefix;

	if (!slash)
		return parse_host_address(text, a) < 0 ? -1
						       : error(EDESTADDRREQ);
	if (format(host, sizeof(host), "%.*s", (int)(slash - text), text) < 0)
		return error(EINVAL);
	if (parse_host_address(host, a) < 0)
		return -1;
	if (parse_uint(slash + 1, address_bits(a), &prefix) < 0)
		return -1;
	a->prefix = prefix;
	return 0;
}

struct address_text format_host_address(const struct address *a)
{
	struct address_text t = { "" };

	inet_ntop(a->family, a->bytes, t.text, sizeof(t.text));
	return t;
}

struct address_text format_address(const struct address *a)
{
	struct address_text t = format_host_address(a);
	size_t len = strlen(t.text);

	snprintf(t.text + len, sizeof(t.text) - len, "/%u", a->prefix);
	return t;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, address_size(a)) == 0;
}

/* The netmask's byte number i. */
static uint8_t mask(const struct address *a, size_t i)
{
	int bits = (int)a->prefix - 8 * (int)i;

	return bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits);
}

bool address_covers(const struct address *a, const struct address *host)
{
	if (a->family != host->family)
		return false;
	for (size_t i = 0; i < address_size(a); i++)
		if ((a->bytes[i] ^ host->bytes[i]) & mask(a, i))
			return false;
	return true;
}

struct address address_broadcast(const struct address *a)
{
	struct address last = *a;

	for (size_t i = 0; i < address_size(a); i++)
		last.bytes[i] |= ~mask(a, i);
	return last;
}

/* A digit's value; random for 'x'; -1 if it is none. */
static int hex_digit(char c, uint8_t random)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c == 'x' || c == 'X')
		return random & 15;
	if (c >= 'A' && c <= 'F')
		c |= 0x20;
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

int parse_mac(const char *text, uint8_t mac[MAC_SIZE])
{
	static const uint8_t none[MAC_SIZE];
	uint8_t random[2 * MAC_SIZE] = { 0 };

	if (strlen(text) != 3 * MAC_SIZE - 1)
		return error(EINVAL);
	if (strpbrk(text, "xX"))
		getrandom(random, sizeof(random), GRND_NONBLOCK);
	for (size_t i = 0; i < MAC_SIZE; i++) {
		int high = hex_digit(text[3 * i], random[2 * i]);
		int low = hex_digit(text[3 * i + 1], random[2 * i + 1]);

		if (high < 0 || low < 0)
			return error(EINVAL);
		if (text[3 * i + 2] != (i + 1 < MAC_SIZE ? ':' : '\0'))
			return error(EINVAL);
		mac[i] = high << 4 | low;
	}
	/* A template with a random second digit must not become multicast. */
	if (text[1] == 'x' || text[1] == 'X')
		mac[0] = (mac[0] & 0xf0) | (random[1] & 0x0c) | 2;
	if ((mac[0] & 1) || memcmp(mac, none, MAC_SIZE) == 0)
		return error(EADDRNOTAVAIL);
	return 0;
}

struct mac_text format_mac(const uint8_t mac[MAC_SIZE])
{
	struct mac_text t;

	snprintf(t.text, sizeof(t.text), "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return t;
}
