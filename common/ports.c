/* ports.c - ports of the host that lead to ports of a container */
#include "ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "text.h"

enum { PORT_MAX = 65535 };

static int error(int number)
{
	errno = number;
	return -1;
}

/* "80" or "80-89". */
static int parse_range(char *text, uint16_t *first, uint16_t *count)
{
	const char *last = split_at(text, '-');
	uint64_t from, to;

	if (parse_uint(text, PORT_MAX, &from) < 0 ||
	    parse_uint(last ? last : text, PORT_MAX, &to) < 0)
		return -1;
	if (from == 0 || to < from)
		return error(ERANGE);
	*first = (uint16_t)from;
	*count = (uint16_t)(to - from + 1);
	return 0;
}

static int parse_protocol(const char *text, bool *udp)
{
	*udp = text && strcmp(text, "udp") == 0;
	return !text || *udp || strcmp(text, "tcp") == 0 ? 0 : error(EINVAL);
}

int parse_ports(const char *text, struct ports *ports)
{
	char copy[PORTS_TEXT], *host, *inside;
	uint16_t count;

	if (copy_text(copy, sizeof(copy), text) < 0)
		return error(EINVAL);
	*ports = (struct ports){ .address = address_v4(0, 32) };
	if (parse_protocol(split_at(copy, '/'), &ports->udp) < 0)
		return -1;
	inside = strrchr(copy, ':');
	if (!inside)
		return error(EINVAL);
	*inside++ = '\0';
	host = strrchr(copy, ':');
	if (host) {
		*host++ = '\0';
		if (parse_host_address(copy, &ports->address) < 0 ||
		    ports->address.family != AF_INET)
			return error(EINVAL);
	}
	if (parse_range(host ? host : copy, &ports->host, &ports->count) < 0 ||
	    parse_range(inside, &ports->inside, &count) < 0)
		return -1;
	return count == ports->count ? 0 : error(EDOM);
}

/* Append "first" or "first-last". */
static void put_range(struct ports_text *t, const char *before, uint16_t first,
		      uint16_t count)
{
	size_t len = strlen(t->text);

	len += (size_t)snprintf(t->text + len, sizeof(t->text) - len, "%s%u",
				before, first);
	if (count > 1)
		snprintf(t->text + len, sizeof(t->text) - len, "-%u",
			 first + count - 1U);
}

struct ports_text format_ports(const struct ports *ports)
{
	struct ports_text t = { "" };
	bool any = address_number(&ports->address) == 0;
	size_t len;

	if (!any)
		snprintf(t.text, sizeof(t.text), "%s",
			 format_host_address(&ports->address).text);
	put_range(&t, any ? "" : ":", ports->host, ports->count);
	put_range(&t, ":", ports->inside, ports->count);
	len = strlen(t.text);
	if (ports->udp)
		snprintf(t.text + len, sizeof(t.text) - len, "/udp");
	return t;
}
