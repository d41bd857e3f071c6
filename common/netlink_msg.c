/* netlink_msg.c - the bytes of requests, and those of replies */
#include "netlink_msg.h"

#include <string.h>

void netlink_clear(struct netlink_msg *msg)
{
	msg->len = 0;
	msg->last = 0;
	msg->count = 0;
	msg->is_batch = false;
	msg->overflow = false;
}

static struct nlmsghdr *current(struct netlink_msg *msg)
{
	return (struct nlmsghdr *)(msg->bytes + msg->last);
}

void *netlink_room(struct netlink_msg *msg, size_t size)
{
	size_t from = msg->len, aligned = NLMSG_ALIGN(size);

	if (aligned > sizeof(msg->bytes) - msg->len) {
		/* It will never be sent: building goes on at the start, so
		 * that no caller has to look. */
		msg->overflow = true;
		msg->len = 0;
		msg->last = 0;
		return msg->bytes;
	}
	memset(msg->bytes + from, 0, aligned);
	msg->len += aligned;
	current(msg)->nlmsg_len = msg->len - msg->last;
	return msg->bytes + from;
}

void *netlink_begin(struct netlink_msg *msg, int type, int flags, size_t size)
{
	struct nlmsghdr *header;

	msg->last = msg->len;
	header = netlink_room(msg, sizeof(*header));
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	msg->count++;
	return netlink_room(msg, size);
}

void netlink_put(struct netlink_msg *msg, int attr, const void *data,
		 size_t len)
{
	struct nlattr *a;

	if (NLA_HDRLEN + len > sizeof(msg->bytes) - NLMSG_HDRLEN) {
		msg->overflow = true;
		return;
	}
	a = netlink_room(msg, NLA_HDRLEN + len);
	a->nla_type = attr;
	a->nla_len = NLA_HDRLEN + len;
	if (len > 0)
		memcpy((char *)a + NLA_HDRLEN, data, len);
}

void netlink_put_u8(struct netlink_msg *msg, int attr, uint8_t value)
{
	netlink_put(msg, attr, &value, sizeof(value));
}

void netlink_put_u16(struct netlink_msg *msg, int attr, uint16_t value)
{
	netlink_put(msg, attr, &value, sizeof(value));
}

void netlink_put_u32(struct netlink_msg *msg, int attr, uint32_t value)
{
	netlink_put(msg, attr, &value, sizeof(value));
}

void netlink_put_str(struct netlink_msg *msg, int attr, const char *text)
{
	netlink_put(msg, attr, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_msg *msg, int attr)
{
	size_t mark = msg->len;

	netlink_put(msg, attr | NLA_F_NESTED, NULL, 0);
	return mark;
}

void netlink_unnest(struct netlink_msg *msg, size_t mark)
{
	if (!msg->overflow)
		((struct nlattr *)(msg->bytes + mark))->nla_len =
			msg->len - mark;
}

const void *netlink_family(const struct nlmsghdr *item, size_t size)
{
	if (item->nlmsg_len < NLMSG_LENGTH(size))
		return NULL;
	return NLMSG_DATA(item);
}

/* Sort the attributes in the len bytes at data. */
static void sort_attrs(const char *data, size_t len,
		       const struct nlattr *attrs[], unsigned int max)
{
	for (unsigned int i = 0; i <= max; i++)
		attrs[i] = NULL;
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)data;
		unsigned int type = a->nla_type & NLA_TYPE_MASK;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return;
		if (type <= max)
			attrs[type] = a;
		if ((size_t)NLA_ALIGN(a->nla_len) >= len)
			return;
		data += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
}

void netlink_attrs(const struct nlmsghdr *item, size_t size,
		   const struct nlattr *attrs[], unsigned int max)
{
	size_t from = NLMSG_SPACE(size), len = item->nlmsg_len;

	sort_attrs((const char *)item + (from < len ? from : len),
		   from < len ? len - from : 0, attrs, max);
}

void netlink_nested(const struct nlattr *nest, const struct nlattr *attrs[],
		    unsigned int max)
{
	sort_attrs((const char *)nest + NLA_HDRLEN, netlink_len(nest), attrs,
		   max);
}

size_t netlink_len(const struct nlattr *attr)
{
	return attr ? attr->nla_len - NLA_HDRLEN : 0;
}

const void *netlink_data(const struct nlattr *attr, size_t size)
{
	if (!attr || netlink_len(attr) < size)
		return NULL;
	return (const char *)attr + NLA_HDRLEN;
}

uint32_t netlink_u32(const struct nlattr *attr)
{
	const void *data = netlink_data(attr, sizeof(uint32_t));
	uint32_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return value;
}

const char *netlink_text(const struct nlattr *attr)
{
	const char *text = netlink_data(attr, 1);

	return text && memchr(text, '\0', netlink_len(attr)) ? text : NULL;
}
