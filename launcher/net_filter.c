/* net_filter.c - the rules of the network that containers share
 *
 *	table ip launch0 {
 *		map ports		address . protocol . port : address . port
 *		chain raw		127.0.0.0/8 does not come from containers
 *		chain prerouting	published ports: to where the map says,
 *		chain output		for that address, then for any of ours
 *		chain forward		nothing else comes in
 *		chain postrouting	who goes out is the host
 *	}
 *
 * In the map an address of 0.0.0.0 means each that the host has.  Whoever asks
 * the host itself, from a container, must get the answer by the host, too: so
 * is masqueraded what would otherwise be answered directly, or to 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>

#include "common/count.h"
#include "common/nft.h"
#include "common/report.h"
#include "net_nat.h"

enum {
	/* A register of 16 bytes, and the words of 4 in it. */
	WORD_0 = NFT_REG_1,
	WORD_1 = NFT_REG32_00 + 1,
	WORD_2 = NFT_REG32_00 + 2,
	/* Types as nft(8) numbers them, for its listings. */
	TYPE_ADDRESS = 7,
	TYPE_PROTOCOL = 12,
	TYPE_PORT = 13,
	TYPE_BITS = 6,
	/* The kernel's bits of a connection's state. */
	STATE_INVALID = 1,
	STATE_NEW = 1 << 3,
	STATE_UNTRACKED = 1 << 6,
	LOOPBACK = 127, /* first byte of its addresses */
};

static const struct nft_field saddr_first = { NFT_PAYLOAD_NETWORK_HEADER, 12,
					      1 };
static const struct nft_field saddr_24 = { NFT_PAYLOAD_NETWORK_HEADER, 12, 3 };
static const struct nft_field daddr_first = { NFT_PAYLOAD_NETWORK_HEADER, 16,
					      1 };
static const struct nft_field daddr = { NFT_PAYLOAD_NETWORK_HEADER, 16, 4 };
static const struct nft_field dport = { NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2 };

enum chain { RAW, PREROUTING, OUTPUT, FORWARD, POSTROUTING };

/* One message under construction. */
struct table {
	struct netlink_msg *msg;
	const struct nat *nat;
	unsigned int bridge;
};

struct nft_map nat_port_map(const struct nat *nat)
{
	return (struct nft_map){
		.table = nat->bridge,
		.name = "ports",
		.key_type = (TYPE_ADDRESS << TYPE_BITS | TYPE_PROTOCOL)
				    << TYPE_BITS |
			    TYPE_PORT,
		.key_size = 12,
		.value_type = TYPE_ADDRESS << TYPE_BITS | TYPE_PORT,
		.value_size = 8,
	};
}

static struct nft_chain chain_of(const struct table *t, int which)
{
	static const struct nft_chain chains[] = {
		[RAW] = { NULL, "raw", "filter", NF_INET_PRE_ROUTING,
			  NF_IP_PRI_RAW },
		[PREROUTING] = { NULL, "prerouting", "nat", NF_INET_PRE_ROUTING,
				 NF_IP_PRI_NAT_DST },
		[OUTPUT] = { NULL, "output", "nat", NF_INET_LOCAL_OUT,
			     NF_IP_PRI_NAT_DST },
		[FORWARD] = { NULL, "forward", "filter", NF_INET_FORWARD,
			      NF_IP_PRI_FILTER },
		[POSTROUTING] = { NULL, "postrouting", "nat",
				  NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC },
	};
	struct nft_chain chain = chains[which];

	chain.table = t->nat->bridge;
	return chain;
}

static size_t begin_rule(const struct table *t, int which)
{
	struct nft_chain chain = chain_of(t, which);

	return nft_begin_rule(t->msg, &chain);
}

static void put_table(const struct table *t, int arg)
{
	(void)arg;
	nft_add_table(t->msg, t->nat->bridge);
}

static void put_map(const struct table *t, int arg)
{
	struct nft_map map = nat_port_map(t->nat);

	(void)arg;
	nft_add_map(t->msg, &map);
}

static void put_chain(const struct table *t, int which)
{
	struct nft_chain chain = chain_of(t, which);

	nft_add_chain(t->msg, &chain);
}

static void if_field(const struct table *t, const struct nft_field *field,
		     const void *data)
{
	nft_payload(t->msg, field, WORD_0);
	nft_compare(t->msg, WORD_0, NFT_CMP_EQ, data, field->size);
}

static void if_bridge(const struct table *t, enum nft_meta_keys key,
		      enum nft_cmp_ops op)
{
	nft_meta(t->msg, key, WORD_0);
	nft_compare_u32(t->msg, WORD_0, op, t->bridge);
}

static void if_ct(const struct table *t, enum nft_ct_keys key, uint32_t bits,
		  enum nft_cmp_ops op)
{
	nft_ct(t->msg, key, WORD_0);
	nft_and(t->msg, WORD_0, bits);
	nft_compare_u32(t->msg, WORD_0, op, 0);
}

/* route_localnet lets answers to 127.0.0.1 out, and would let others in. */
static void put_raw(const struct table *t, int source)
{
	size_t rule = begin_rule(t, RAW);
	uint8_t first = LOOPBACK;

	if_bridge(t, NFT_META_IIF, NFT_CMP_EQ);
	if_field(t, source ? &saddr_first : &daddr_first, &first);
	nft_drop(t->msg);
	nft_end_rule(t->msg, rule);
}

static void put_lookup(const struct table *t)
{
	struct nft_map map = nat_port_map(t->nat);

	nft_meta(t->msg, NFT_META_L4PROTO, WORD_1);
	nft_payload(t->msg, &dport, WORD_2);
	nft_lookup(t->msg, &map, WORD_0);
	nft_dnat(t->msg, WORD_0, WORD_1);
}

static void put_exact(const struct table *t, int which)
{
	size_t rule = begin_rule(t, which);

	nft_payload(t->msg, &daddr, WORD_0);
	put_lookup(t);
	nft_end_rule(t->msg, rule);
}

static void put_any(const struct table *t, int which)
{
	size_t rule = begin_rule(t, which);

	nft_address_type(t->msg, WORD_0);
	nft_compare_u32(t->msg, WORD_0, NFT_CMP_EQ, RTN_LOCAL);
	/* For nft(8), which can say this but no constant. */
	nft_payload(t->msg, &daddr, WORD_0);
	nft_and(t->msg, WORD_0, 0);
	put_lookup(t);
	nft_end_rule(t->msg, rule);
}

/* Else a neighbour who routes to us reaches ports that nobody published. */
static void put_forward(const struct table *t, int arg)
{
	size_t rule = begin_rule(t, FORWARD);

	(void)arg;
	if_bridge(t, NFT_META_IIF, NFT_CMP_NEQ);
	if_bridge(t, NFT_META_OIF, NFT_CMP_EQ);
	if_ct(t, NFT_CT_STATE, STATE_INVALID | STATE_NEW | STATE_UNTRACKED,
	      NFT_CMP_NEQ);
	if_ct(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_EQ);
	nft_drop(t->msg);
	nft_end_rule(t->msg, rule);
}

static void put_masquerade(const struct table *t, int op)
{
	size_t rule = begin_rule(t, POSTROUTING);

	if_field(t, &saddr_24, t->nat->network.bytes);
	if_bridge(t, NFT_META_OIF, op);
	/* From bridge to bridge only what came by a published port. */
	if (op == NFT_CMP_EQ)
		if_ct(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	nft_masquerade(t->msg);
	nft_end_rule(t->msg, rule);
}

static void put_loopback(const struct table *t, int arg)
{
	size_t rule = begin_rule(t, POSTROUTING);
	uint8_t first = LOOPBACK;

	(void)arg;
	if_field(t, &saddr_first, &first);
	if_bridge(t, NFT_META_OIF, NFT_CMP_EQ);
	nft_masquerade(t->msg);
	nft_end_rule(t->msg, rule);
}

/* A request each, and the kernel module that it may want. */
static const struct part {
	void (*put)(const struct table *t, int arg);
	int arg;
	const char *module;
} parts[] = {
	{ put_table, 0, "nf_tables" },
	{ put_map, 0, "nf_tables" },
	{ put_chain, RAW, "nf_tables" },
	{ put_chain, PREROUTING, "nft_chain_nat" },
	{ put_chain, OUTPUT, "nft_chain_nat" },
	{ put_chain, FORWARD, "nf_tables" },
	{ put_chain, POSTROUTING, "nft_chain_nat" },
	{ put_raw, 0, "nf_tables" },
	{ put_raw, 1, "nf_tables" },
	{ put_exact, PREROUTING, "nft_nat" },
	{ put_any, PREROUTING, "nft_fib_ipv4" },
	{ put_exact, OUTPUT, "nft_nat" },
	{ put_any, OUTPUT, "nft_fib_ipv4" },
	{ put_forward, 0, "nft_ct" },
	{ put_masquerade, NFT_CMP_NEQ, "nft_masq" },
	{ put_masquerade, NFT_CMP_EQ, "nft_masq" },
	{ put_loopback, 0, "nft_masq" },
};

/* Behind the begin of the batch. */
static int explain(const struct netlink *nf, const char *table)
{
	unsigned int which = nf->failed ? nf->failed - 1 : 0;

	if (which < COUNT(parts) && (errno == ENOENT || errno == EOPNOTSUPP ||
				     errno == EPROTONOSUPPORT))
		return fail("cannot create the nf_tables rules of '%s' (is "
			    "there a kernel module %s?)",
			    table, parts[which].module);
	return fail("cannot create the nf_tables rules of '%s'%s", table,
		    nf->why);
}

int nat_filter_create(struct netlink *nf, const struct nat *nat,
		      unsigned int bridge)
{
	struct netlink_msg msg;
	const struct table t = { .msg = &msg, .nat = nat, .bridge = bridge };

	nft_begin(&msg);
	for (const struct part *p = parts; p < parts + COUNT(parts); p++)
		p->put(&t, p->arg);
	nft_end(&msg);
	return netlink_request(nf, &msg) < 0 ? explain(nf, nat->bridge) : 0;
}

static int keep_nothing(const struct nlmsghdr *item, void *arg)
{
	(void)item;
	(void)arg;
	return 0;
}

bool nat_filter_exists(struct netlink *nf, const struct nat *nat)
{
	struct netlink_msg msg;

	nft_get_table(&msg, nat->bridge);
	return netlink_ask(nf, &msg, keep_nothing, NULL) == 0;
}

int nat_filter_remove(struct netlink *nf, const struct nat *nat)
{
	struct netlink_msg msg;

	nft_begin(&msg);
	nft_delete_table(&msg, nat->bridge);
	nft_end(&msg);
	if (netlink_request(nf, &msg) < 0 && errno != ENOENT)
		return fail("cannot remove the nf_tables rules of '%s'%s",
			    nat->bridge, nf->why);
	return 0;
}
