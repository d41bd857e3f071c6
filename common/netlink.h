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

#include <linux/netlink.h>

/* Requests under construction.  Building never fails: what does not fit sets
 * overflow, and netlink_request() then refuses to send (EMSGSIZE). */
struct netlink_msg {
	union {
		struct nlmsghdr header; /* for the alignment */
		char bytes[4096];
	};
	size_t len;         /* of all requests */
	size_t last;        /* where the one under construction begins */
	unsigned int count; /* of requests */
	bool is_batch;      /* all or nothing, of nf_tables: see nft.h */
	bool overflow;
};

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

/* Empty the message: before the first netlink_begin(). */
void netlink_clear(struct netlink_msg *msg);

/* Add a request; returns its zeroed family header of the given size. */
void *netlink_begin(struct netlink_msg *msg, int type, int flags, size_t size);

/* Zeroed room for a bare header inside a nest, as VETH_INFO_PEER wants. */
void *netlink_room(struct netlink_msg *msg, size_t size);

void netlink_put(struct netlink_msg *msg, int attr, const void *data,
		 size_t len);
void netlink_put_u8(struct netlink_msg *msg, int attr, uint8_t value);
void netlink_put_u16(struct netlink_msg *msg, int attr, uint16_t value);
void netlink_put_u32(struct netlink_msg *msg, int attr, uint32_t value);
void netlink_put_str(struct netlink_msg *msg, int attr, const char *text);

/* Nested attribute: open returns a mark that close needs. */
size_t netlink_nest(struct netlink_msg *msg, int attr);
void netlink_unnest(struct netlink_msg *msg, size_t mark);

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

/* The family header of a message, or NULL when it is shorter than size. */
const void *netlink_family(const struct nlmsghdr *item, size_t size);

/* Sort the attributes behind a family header of size bytes by their type into
 * attrs[0..max], NULL where there is none.  Broken ones end the walk. */
void netlink_attrs(const struct nlmsghdr *item, size_t size,
		   const struct nlattr *attrs[], unsigned int max);
void netlink_nested(const struct nlattr *nest, const struct nlattr *attrs[],
		    unsigned int max);

/* Values, safe for any attribute: 0 or NULL when it is absent, too short, or
 * text that does not end. */
size_t netlink_len(const struct nlattr *attr);
const void *netlink_data(const struct nlattr *attr, size_t size);
uint32_t netlink_u32(const struct nlattr *attr);
const char *netlink_text(const struct nlattr *attr);

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
