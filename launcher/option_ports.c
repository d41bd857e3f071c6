/* option_ports.c - published ports, and who is asked for names */
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/address.h"
#include "common/count.h"
#include "common/ports.h"
#include "spec.h"

static int set_publish(const struct option_use *use)
{
	struct spec *spec = use->spec;

	if (spec->publish_count == COUNT(spec->publish))
		return option_bad(use, "ports", use->value, "too many");
	if (parse_ports(use->value, &spec->publish[spec->publish_count]) < 0)
		return option_bad(
			use, "ports", use->value,
			errno == ERANGE ? "ports are from 1 to 65535"
			: errno == EDOM
				? "as many inside as outside"
				: "such as 8080:80 or 127.0.0.1:8080:80/udp");
	spec->publish_count++;
	return 0;
}

static const char *get_publish(const struct option_query *q)
{
	if (q->index >= q->spec->publish_count)
		return NULL;
	snprintf(q->buf, OPTION_TEXT_MAX, "%s",
		 format_ports(&q->spec->publish[q->index]).text);
	return q->buf;
}

const struct option_type option_publish = { set_publish, get_publish };

static int set_dns(const struct option_use *use)
{
	struct spec *spec = use->spec;
	struct address address;

	if (parse_host_address(use->value, &address) < 0)
		return option_bad(use, "name server", use->value,
				  "such as 9.9.9.9");
	if (spec->dns_count == COUNT(spec->dns))
		return option_bad(use, "name server", use->value, "too many");
	spec->dns[spec->dns_count++] = use->value;
	return 0;
}

static const char *get_dns(const struct option_query *q)
{
	return q->index < q->spec->dns_count ? q->spec->dns[q->index] : NULL;
}

const struct option_type option_dns = { set_dns, get_dns };
