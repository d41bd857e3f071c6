/* ports.h - ports of the host that lead to ports of a container */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

/* count ports from host on, of the host's address, and those they lead to. */
struct ports {
	struct address address; /* IPv4; 0.0.0.0: each that the host has */
	uint16_t host, inside;
	uint16_t count;
	bool udp; /* else TCP */
};

enum { PORTS_TEXT = 64 };

/* "8080:80", "127.0.0.1:8080:80/udp", "8000-8009:80-89".  EINVAL: not of this
 * form; ERANGE: no port; EDOM: the two ranges differ in length. */
int parse_ports(const char *text, struct ports *ports);

/* The text that reads back into the same. */
struct ports_text {
	char text[PORTS_TEXT];
};
struct ports_text format_ports(const struct ports *ports);
