/* net_kept.c - the address that a restored container had */
#include <string.h>

#include "common/report.h"
#include "net_kind.h"

bool net_is_kept(const struct net_spec *spec, struct address a)
{
	return !spec->kept || strcmp(format_address(&a).text, spec->kept) == 0;
}

int net_kept_failed(const struct net_spec *spec, const struct net_link *link)
{
	return failx("cannot give '%s' its address '%s' again: it is taken",
		     link->name, spec->kept);
}
