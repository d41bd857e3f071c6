/* netlink.c - requests to the kernel, several in one send, and its replies */
#include "netlink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"

enum {
	REPLY_SIZE = 16384, /* the kernel makes dumps of 8 to 32 KiB, but of
			       no more than the largest read it has seen */
	ACK_SIZE = 1024,
	DUMP_TRIES = 20,
};

static int error(int number)
{
	errno = number;
	return -1;
}

int netlink_open(struct netlink *nl, int protocol)
{
	int on = 1;

	*nl = (struct netlink)NETLINK_INIT;
	/* Not bound: the kernel does so at the first send. */
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (nl->fd < 0)
		return -1;
	/* Since Linux 4.12; without it we only lose the kernel's words. */
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return 0;
}

void netlink_close(struct netlink *nl)
{
	fd_close(&nl->fd);
}

/* Keep the kernel's explanation, if this error message carries one. */
static void keep_words(struct netlink *nl, const struct nlmsghdr *reply,
		       const struct nlmsgerr *ack)
{
	const struct nlattr *attrs[NLMSGERR_ATTR_MSG + 1];
	size_t size = sizeof(*ack);
	const char *words;

	nl->why[0] = '\0';
	if (!(reply->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* The request itself stands before the words, unless cut off. */
	if (!(reply->nlmsg_flags & NLM_F_CAPPED) &&
	    ack->msg.nlmsg_len > sizeof(ack->msg))
		size += ack->msg.nlmsg_len - sizeof(ack->msg);
	if (size > reply->nlmsg_len)
		return;
	netlink_attrs(reply, size, attrs, NLMSGERR_ATTR_MSG);
	words = netlink_text(attrs[NLMSGERR_ATTR_MSG]);
	if (words)
		snprintf(nl->why, sizeof(nl->why), " (%.*s)",
			 (int)strcspn(words, "\n"), words);
}

static void take_ack(struct netlink *nl, struct netlink_wait *wait,
		     const struct nlmsghdr *reply)
{
	const struct nlmsgerr *ack = netlink_family(reply, sizeof(*ack));
	unsigned int which = reply->nlmsg_seq - wait->first;

	if (!ack)
		return;
	if (ack->error != 0 && wait->error == 0) {
		wait->error = -ack->error;
		nl->failed = which;
		keep_words(nl, reply, ack);
	}
	/* A batch is refused as a whole in the name of its first message, and
	 * then nothing else follows, or what we pass over. */
	if (reply->nlmsg_seq == wait->last || (wait->is_batch && which == 0))
		wait->over = true;
}

/* The end of a dump may carry an error, as its only payload. */
static void take_done(struct netlink_wait *wait, const struct nlmsghdr *reply)
{
	const int *result = netlink_family(reply, sizeof(*result));

	if (result && *result < 0 && wait->error == 0)
		wait->error = -*result;
	wait->over = true;
}

static void take(struct netlink *nl, struct netlink_wait *wait,
		 const struct nlmsghdr *reply)
{
	if (reply->nlmsg_flags & NLM_F_DUMP_INTR)
		wait->changed = true;
	switch (reply->nlmsg_type) {
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return;
	case NLMSG_ERROR:
		take_ack(nl, wait, reply);
		return;
	case NLMSG_DONE:
		if (wait->dump)
			take_done(wait, reply);
		return;
	default:
		if (wait->item && wait->error == 0 &&
		    wait->item(reply, wait->arg) < 0)
			wait->error = errno;
	}
}

void netlink_replies(struct netlink *nl, struct netlink_wait *wait,
		     const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *reply = (const void *)p;
		size_t size = reply->nlmsg_len;

		if (size < sizeof(*reply) || size > len)
			return;
		/* What is left of an earlier, aborted talk is passed over. */
		if (reply->nlmsg_seq - wait->first <= wait->last - wait->first)
			take(nl, wait, reply);
		if ((size_t)NLMSG_ALIGN(size) >= len)
			return;
		p += NLMSG_ALIGN(size);
		len -= NLMSG_ALIGN(size);
	}
}

static int receive_into(struct netlink *nl, struct netlink_wait *wait,
			char *bytes, size_t size)
{
	while (!wait->over) {
		struct sockaddr_nl from = { .nl_family = AF_NETLINK };
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(nl->fd, bytes, size, MSG_TRUNC,
				       (struct sockaddr *)&from, &from_len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -1;
		if (from.nl_pid != 0)
			continue; /* not from the kernel */
		if ((size_t)len > size)
			return error(EMSGSIZE);
		netlink_replies(nl, wait, bytes, len);
	}
	return wait->error ? error(wait->error) : 0;
}

/* Acknowledgements are short: each page of a buffer that nobody fills is a page
 * fault at every start. */
static int receive_acks(struct netlink *nl, struct netlink_wait *wait)
{
	union {
		struct nlmsghdr header; /* for the alignment */
		char bytes[ACK_SIZE];
	} buf;

	return receive_into(nl, wait, buf.bytes, sizeof(buf.bytes));
}

static int receive_items(struct netlink *nl, struct netlink_wait *wait)
{
	union {
		struct nlmsghdr header;
		char bytes[REPLY_SIZE];
	} buf;

	return receive_into(nl, wait, buf.bytes, sizeof(buf.bytes));
}

/* Number the requests, ask for the last one's ack and send them together. */
static int transmit(struct netlink *nl, struct netlink_msg *msg,
		    struct netlink_wait *wait)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	nl->why[0] = '\0';
	nl->failed = 0;
	if (msg->overflow || msg->count == 0)
		return error(EMSGSIZE);
	wait->first = nl->seq + 1;
	/* Before Linux 6.10 the end of a batch is not acknowledged. */
	wait->last = nl->seq + msg->count - msg->is_batch;
	wait->is_batch = msg->is_batch;
	for (size_t at = 0; at < msg->len;) {
		struct nlmsghdr *header = (struct nlmsghdr *)(msg->bytes + at);

		header->nlmsg_seq = ++nl->seq;
		if (nl->seq == wait->last && !wait->dump)
			header->nlmsg_flags |= NLM_F_ACK;
		at += NLMSG_ALIGN(header->nlmsg_len);
	}
	do
		n = sendto(nl->fd, msg->bytes, msg->len, 0,
			   (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int netlink_ask(struct netlink *nl, struct netlink_msg *msg, netlink_item *item,
		void *arg)
{
	struct netlink_wait wait = { .item = item, .arg = arg };

	if (transmit(nl, msg, &wait) < 0)
		return -1;
	return item ? receive_items(nl, &wait) : receive_acks(nl, &wait);
}

int netlink_request(struct netlink *nl, struct netlink_msg *msg)
{
	return netlink_ask(nl, msg, NULL, NULL);
}

int netlink_dump(struct netlink *nl, struct netlink_msg *msg,
		 netlink_item *item, void *arg)
{
	msg->header.nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; i < DUMP_TRIES; i++) {
		struct netlink_wait wait = { .item = item,
					     .arg = arg,
					     .dump = true };

		if (i > 0 && item(NULL, arg) < 0)
			return -1;
		if (transmit(nl, msg, &wait) < 0)
			return -1;
		if (receive_items(nl, &wait) < 0)
			return -1;
		if (!wait.changed)
			return 0;
	}
	return error(EAGAIN);
}
