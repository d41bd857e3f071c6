/* cr_route.h - addresses and routes of a container, into an image and back
 *
 * A ROUTE is a message of rtnetlink(7) as the kernel has dumped it, of what is
 * known only: when it is read back the rest is left out again, as some attributes
 * would lead to other network namespaces.
 */
#pragma once

#include "common/netlink.h"
#include "cr_image.h"

/* By a routing socket in its network.  -1 with errno. */
int cr_routes_dump(struct cr_image *image, struct netlink *nl);

/* In the stem: make it what it was, if it is in there at all.  What cannot be is
 * warned about. */
void cr_routes_restore(const struct cr_image *image);

/* NULL, or what is wrong with a record. */
const char *cr_route_check(const struct nlmsghdr *record, size_t length);
