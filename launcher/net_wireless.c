/* net_wireless.c - a wireless device moves with its radio, and all that is on it
 *
 * rtnetlink refuses it; nl80211 has a message for the radio, which is sent where
 * the radio is.  On the way names and indexes are kept when they are free.
 */
#include "net_kind.h"

#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "common/io.h"
#include "common/report.h"
#include "common/text.h"

int net_radio(const char *name)
{
	char path[64], text[16];
	uint64_t radio;

	if (format(path, sizeof(path), "/sys/class/net/%s/phy80211/index",
		   name) < 0 ||
	    read_file_at(-1, path, text, sizeof(text)) < 0 ||
	    parse_uint(text, INT32_MAX, &radio) < 0)
		return -1;
	return (int)radio;
}

static void begin(struct netlink_msg *msg, int family, uint8_t command)
{
	struct genlmsghdr *header;

	netlink_clear(msg);
	header = netlink_begin(msg, family, 0, sizeof(*header));
	header->cmd = command;
	header->version = 1;
}

void net_radio_message(struct netlink_msg *msg, int family, int radio,
		       int netns)
{
	begin(msg, family, NL80211_CMD_SET_WIPHY_NETNS);
	netlink_put_u32(msg, NL80211_ATTR_WIPHY, (uint32_t)radio);
	netlink_put_u32(msg, NL80211_ATTR_NETNS_FD, (uint32_t)netns);
}

static int keep_family(const struct nlmsghdr *item, void *family)
{
	const struct nlattr *attrs[CTRL_ATTR_FAMILY_ID + 1];
	const uint16_t *id;

	if (!item)
		return 0;
	netlink_attrs(item, sizeof(struct genlmsghdr), attrs,
		      CTRL_ATTR_FAMILY_ID);
	id = netlink_data(attrs[CTRL_ATTR_FAMILY_ID], sizeof(*id));
	if (id)
		*(int *)family = *id;
	return 0;
}

static int open_generic(void *nl)
{
	return netlink_open(nl, NETLINK_GENERIC);
}

int net_radio_move(int radio, const char *name, int from, int to)
{
	struct netlink nl = NETLINK_INIT;
	struct netlink_msg msg;
	int family = -1, result;

	if ((from < 0 ? open_generic(&nl)
		      : net_inside(from, open_generic, &nl)) < 0)
		return fail("cannot open a generic netlink socket for '%s'",
			    name);
	begin(&msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	netlink_put_str(&msg, CTRL_ATTR_FAMILY_NAME, NL80211_GENL_NAME);
	if (netlink_ask(&nl, &msg, keep_family, &family) < 0 || family < 0)
		result = failx("cannot move the radio of '%s': this kernel has "
			       "no nl80211 (is there a module cfg80211?)",
			       name);
	else {
		net_radio_message(&msg, family, radio, to);
		result = netlink_request(&nl, &msg);
		if (result < 0)
			fail("cannot move the radio of '%s'%s", name, nl.why);
	}
	netlink_close(&nl);
	return result;
}
