/* netlink.h - requests to the kernel, several in one send, and its replies
 *
 *	struct netlink_msg msg;
 *
 *	netlink_clear(&msg);
 *	link = netlink_begin(&msg, RTM_SETLINK, 0, sizeof(*link));
 *	netlink_put_str(&msg, IFLA_IFNAME, "lo");
 *	netlink_begin(&msg, ...);	a second request in the same send
 *	netlink_request(&nl, &msg);
 *
 * Only the last request asks for an acknowledgement: the kernel reports
 * failures unasked and works in order, so one reply tells all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink_msg.h"

struct netlink {
	int fd; /* -1: not open */
	uint32_t seq;
	unsigned int failed; /* which request of the last send, from 0 */
	char why[128]; /* "" or " (the kernel's words on the last failure)" */
};

#define NETLINK_INIT     \
	{                \
		.fd = -1 \
	}

/* Open a socket in the current network namespace. */
int netlink_open(struct netlink *nl, int protocol);
void netlink_close(struct netlink *nl);

/* Called for each message that is not an acknowledgement.  item NULL: forget
 * what you have seen, a dump begins anew.  -1 ends the walk with errno. */
typedef int netlink_item(const struct nlmsghdr *item, void *arg);

/* Send all requests and wait until they are done: 0, or -1 with errno, nl->why
 * and nl->failed of the first that failed.  The kernel tries also those behind
 * it.  What messages ask for goes to item, which may be NULL. */
int netlink_request(struct netlink *nl, struct netlink_msg *msg);
int netlink_ask(struct netlink *nl, struct netlink_msg *msg, netlink_item *item,
		void *arg);

/* Send one request with NLM_F_DUMP and walk over the answer; again, when it
 * changed on the way. */
int netlink_dump(struct netlink *nl, struct netlink_msg *msg,
		 netlink_item *item, void *arg);

/* What is still awaited, while replies are read. */
struct netlink_wait {
	uint32_t first, last; /* sequence numbers */
	bool dump;
	bool is_batch; /* an error of the first message is the only answer */
	bool changed;  /* the dump is inconsistent */
	bool over;
	int error;
	netlink_item *item;
	void *arg;
};

/* Take one datagram apart: the part that fuzzing wants. */
void netlink_replies(struct netlink *nl, struct netlink_wait *wait,
		     const void *bytes, size_t len);
