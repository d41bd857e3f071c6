/* netlink_msg.h - the bytes of requests to the kernel, and those of its replies */
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
