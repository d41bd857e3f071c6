/* address.h - internet and hardware addresses, from text and to text */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADDRESS_TEXT = 50, /* "ffff:...:ffff/128" and the NUL */
	MAC_SIZE = 6,
};

/* An IPv4 or IPv6 address; bytes in network order. */
struct address {
	uint8_t family; /* AF_INET, AF_INET6, or 0: none */
	uint8_t prefix;
	uint8_t bytes[16];
};

/* Bytes and bits of an address: 4 and 32, or 16 and 128. */
size_t address_size(const struct address *a);
unsigned int address_bits(const struct address *a);

/* An IPv4 address given as a number. */
struct address address_v4(uint32_t host_order, uint8_t prefix);

/* The number of an IPv4 address. */
uint32_t address_number(const struct address *a);

/* "10.0.0.2/24", "fd00::2/64".  EINVAL: not an address; ERANGE: the prefix is
 * too long; EDESTADDRREQ: there is no prefix. */
int parse_address(const char *text, struct address *a);

/* "10.0.0.1", with all bits as prefix. */
int parse_host_address(const char *text, struct address *a);

/* Text with or without "/PREFIX". */
struct address_text {
	char text[ADDRESS_TEXT];
};
struct address_text format_address(const struct address *a);
struct address_text format_host_address(const struct address *a);

bool address_equal(const struct address *a, const struct address *b);

/* Whether host is in the network that a and its prefix make. */
bool address_covers(const struct address *a, const struct address *host);

/* The last address of a's network, its IPv4 broadcast. */
struct address address_broadcast(const struct address *a);

/* "02:00:00:12:34:5e"; 'x' stands for a random digit, as LXC has it.
 * EINVAL: not of the form; EADDRNOTAVAIL: multicast or all zeroes. */
int parse_mac(const char *text, uint8_t mac[MAC_SIZE]);

struct mac_text {
	char text[3 * MAC_SIZE];
};
struct mac_text format_mac(const uint8_t mac[MAC_SIZE]);
