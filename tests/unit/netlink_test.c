/* netlink_test.c - builder, reply parser, and a talk with the kernel */
#include "common/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include "common/rtnl.h"
#include "netns.h"
#include "tap.h"

/* A reply as the kernel would make it. */
struct reply {
	struct nlmsghdr header;
	struct nlmsgerr ack;
	char rest[128];
};

static struct reply make_ack(uint32_t seq, int number)
{
	struct reply r = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.ack)),
			    .nlmsg_type = NLMSG_ERROR,
			    .nlmsg_flags = NLM_F_CAPPED,
			    .nlmsg_seq = seq },
		.ack = { .error = -number },
	};

	return r;
}

/* Append the kernel's words; skip bytes of the request come before. */
static void add_words(struct reply *r, size_t skip, const char *words)
{
	struct nlattr a = { .nla_type = NLMSGERR_ATTR_MSG };
	size_t len = strlen(words) + 1;

	a.nla_len = NLA_HDRLEN + len;
	memcpy(r->rest + skip, &a, sizeof(a));
	memcpy(r->rest + skip + sizeof(a), words, len);
	r->header.nlmsg_len += skip + a.nla_len;
	r->header.nlmsg_flags |= NLM_F_ACK_TLVS;
}

static struct netlink_wait read_reply(struct netlink *nl, const struct reply *r,
				      size_t len)
{
	struct netlink_wait wait = { .first = 5, .last = 7 };

	netlink_replies(nl, &wait, r, len);
	return wait;
}

static void test_builder(void)
{
	struct netlink_msg msg;
	const struct nlattr *attrs[8], *inner[8];
	char big[5000] = { 0 };
	size_t nest;

	netlink_clear(&msg);
	netlink_begin(&msg, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	netlink_put_str(&msg, 3, "ab");
	nest = netlink_nest(&msg, 4);
	netlink_put_u32(&msg, 1, 77);
	netlink_unnest(&msg, nest);
	netlink_put_u8(&msg, 5, 1);
	is(msg.len, 16 + 16 + 8 + 4 + 8 + 8);
	netlink_attrs(&msg.header, sizeof(struct ifinfomsg), attrs, 7);
	is_str(netlink_text(attrs[3]), "ab");
	netlink_nested(attrs[4], inner, 7);
	is(netlink_u32(inner[1]), 77);
	is(netlink_u32(attrs[5]), 0); /* too short for a u32 */
	ok(!attrs[6] && !netlink_text(attrs[6]));
	netlink_begin(&msg, RTM_NEWADDR, 0, 8);
	is(msg.count, 2);
	is(msg.last, 60);
	is(msg.header.nlmsg_len, 60);
	ok(!msg.overflow);
	netlink_put(&msg, 1, big, sizeof(big));
	ok(msg.overflow);
	netlink_clear(&msg);
	ok(!msg.overflow);
	for (int i = 0; i < 5; i++)
		netlink_put(&msg, 1, big, 1000);
	ok(msg.overflow);
	netlink_unnest(&msg, nest);
}

static void test_replies(void)
{
	struct netlink nl = NETLINK_INIT;
	struct reply r = make_ack(7, 0);
	struct netlink_wait wait = read_reply(&nl, &r, sizeof(r));

	ok(wait.over && wait.error == 0);
	r = make_ack(6, EBUSY);
	wait = read_reply(&nl, &r, sizeof(r));
	ok(!wait.over);
	is(wait.error, EBUSY);
	is(nl.failed, 1);
	is_str(nl.why, "");
	r = make_ack(4, EBUSY);
	wait = read_reply(&nl, &r, sizeof(r));
	ok(!wait.over && wait.error == 0); /* a stranger's */
	r = make_ack(7, EINVAL);
	add_words(&r, 0, "Bad\nidea");
	wait = read_reply(&nl, &r, r.header.nlmsg_len);
	is(wait.error, EINVAL);
	is_str(nl.why, " (Bad)");
	wait = read_reply(&nl, &r, r.header.nlmsg_len - 1);
	ok(!wait.over); /* cut short */
	r = make_ack(7, EINVAL);
	r.header.nlmsg_flags = 0;
	r.ack.msg.nlmsg_len = sizeof(struct nlmsghdr) + 8;
	add_words(&r, 8, "after the request");
	read_reply(&nl, &r, r.header.nlmsg_len);
	is_str(nl.why, " (after the request)");
	r.ack.msg.nlmsg_len = UINT32_MAX;
	read_reply(&nl, &r, r.header.nlmsg_len);
	is_str(nl.why, "");
}

static int count_links(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_link link;
	int *count = arg;

	if (!item)
		*count = 0;
	else if (rtnl_link(item, &link) == 0)
		++*count;
	return 0;
}

static int refuse(const struct nlmsghdr *item, void *arg)
{
	(void)item;
	(void)arg;
	errno = EXFULL;
	return -1;
}

static int keep_lo(const struct nlmsghdr *item, void *arg)
{
	struct rtnl_link link;

	if (rtnl_link(item, &link) == 0 && strcmp(link.name, "lo") == 0)
		*(unsigned int *)arg = link.flags;
	return 0;
}

static void test_kernel(void)
{
	struct address a = address_v4(0x7f000002, 32);
	struct netlink nl;
	struct netlink_msg msg;
	unsigned int flags = 0;
	int count = 0;

	enter_new_netns();
	is(netlink_open(&nl, NETLINK_ROUTE), 0);
	is(rtnl_index(&nl, "lo"), 1);
	is(rtnl_index(&nl, "nope"), 0);
	is(errno, ENODEV);
	is(rtnl_index(&nl, "a-name-of-16-bytes"), 0);
	is(rtnl_each_link(&nl, count_links, &count), 0);
	ok(count >= 1);
	is(rtnl_each_link(&nl, refuse, NULL), -1);
	is(errno, EXFULL);
	/* The middle one fails, the others are done. */
	netlink_clear(&msg);
	rtnl_set_link(&msg, 0, "lo", IFF_UP, IFF_UP);
	rtnl_delete_link(&msg, 99999);
	rtnl_add_address(&msg, 1, &a);
	is(netlink_request(&nl, &msg), -1);
	is(errno, ENODEV);
	is(nl.failed, 1);
	ok(rtnl_is_local(&nl, &a));
	is(rtnl_get_link(&nl, 1, NULL, keep_lo, &flags), 0);
	ok(flags & IFF_UP);
	netlink_clear(&msg);
	rtnl_new_link(&msg, "a-name-of-16-byt", 0);
	is(netlink_request(&nl, &msg), -1);
	ok(strstr(nl.why, "policy validation"));
	netlink_clear(&msg);
	is(netlink_request(&nl, &msg), -1);
	is(errno, EMSGSIZE);
	netlink_close(&nl);
	is(nl.fd, -1);
}

int main(void)
{
	test_builder();
	test_replies();
	test_kernel();
	return done();
}
