/* nft.c - requests to nf_tables, over raw nfnetlink */
#include "nft.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>

/* All numbers of nf_tables are in network order. */
static void put_be32(struct netlink_msg *msg, int attr, uint32_t value)
{
	netlink_put_u32(msg, attr, htonl(value));
}

static void begin(struct netlink_msg *msg, int type, int flags, int family,
		  uint16_t resource)
{
	struct nfgenmsg *header =
		netlink_begin(msg, type, flags, sizeof(*header));

	header->nfgen_family = (uint8_t)family;
	header->version = NFNETLINK_V0;
	header->res_id = htons(resource);
}

static void begin_request(struct netlink_msg *msg, int type, int flags)
{
	begin(msg, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_IPV4, 0);
}

void nft_begin(struct netlink_msg *msg)
{
	netlink_clear(msg);
	msg->is_batch = true;
	begin(msg, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

void nft_end(struct netlink_msg *msg)
{
	begin(msg, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

void nft_add_table(struct netlink_msg *msg, const char *table)
{
	begin_request(msg, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	netlink_put_str(msg, NFTA_TABLE_NAME, table);
}

void nft_delete_table(struct netlink_msg *msg, const char *table)
{
	begin_request(msg, NFT_MSG_DELTABLE, 0);
	netlink_put_str(msg, NFTA_TABLE_NAME, table);
}

void nft_get_table(struct netlink_msg *msg, const char *table)
{
	netlink_clear(msg);
	begin_request(msg, NFT_MSG_GETTABLE, 0);
	netlink_put_str(msg, NFTA_TABLE_NAME, table);
}

void nft_add_chain(struct netlink_msg *msg, const struct nft_chain *chain)
{
	size_t hook;

	begin_request(msg, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	netlink_put_str(msg, NFTA_CHAIN_TABLE, chain->table);
	netlink_put_str(msg, NFTA_CHAIN_NAME, chain->name);
	hook = netlink_nest(msg, NFTA_CHAIN_HOOK);
	put_be32(msg, NFTA_HOOK_HOOKNUM, chain->hook);
	put_be32(msg, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
	netlink_unnest(msg, hook);
	netlink_put_str(msg, NFTA_CHAIN_TYPE, chain->type);
}

void nft_add_map(struct netlink_msg *msg, const struct nft_map *map)
{
	begin_request(msg, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL);
	netlink_put_str(msg, NFTA_SET_TABLE, map->table);
	netlink_put_str(msg, NFTA_SET_NAME, map->name);
	put_be32(msg, NFTA_SET_FLAGS, NFT_SET_MAP);
	put_be32(msg, NFTA_SET_KEY_TYPE, map->key_type);
	put_be32(msg, NFTA_SET_KEY_LEN, map->key_size);
	put_be32(msg, NFTA_SET_DATA_TYPE, map->value_type);
	put_be32(msg, NFTA_SET_DATA_LEN, map->value_size);
	put_be32(msg, NFTA_SET_ID, 1);
}

static void put_data(struct netlink_msg *msg, int attr, const void *data,
		     size_t size)
{
	size_t nest = netlink_nest(msg, attr);

	netlink_put(msg, NFTA_DATA_VALUE, data, size);
	netlink_unnest(msg, nest);
}

/* value NULL: none. */
static void put_element(struct netlink_msg *msg, const struct nft_map *map,
			const void *key, const void *value)
{
	size_t list, element;

	netlink_put_str(msg, NFTA_SET_ELEM_LIST_TABLE, map->table);
	netlink_put_str(msg, NFTA_SET_ELEM_LIST_SET, map->name);
	list = netlink_nest(msg, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = netlink_nest(msg, NFTA_LIST_ELEM);
	put_data(msg, NFTA_SET_ELEM_KEY, key, map->key_size);
	if (value)
		put_data(msg, NFTA_SET_ELEM_DATA, value, map->value_size);
	netlink_unnest(msg, element);
	netlink_unnest(msg, list);
}

void nft_add_element(struct netlink_msg *msg, const struct nft_map *map,
		     const void *key, const void *value)
{
	begin_request(msg, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL);
	put_element(msg, map, key, value);
}

void nft_delete_element(struct netlink_msg *msg, const struct nft_map *map,
			const void *key)
{
	begin_request(msg, NFT_MSG_DELSETELEM, 0);
	put_element(msg, map, key, NULL);
}

size_t nft_begin_rule(struct netlink_msg *msg, const struct nft_chain *chain)
{
	begin_request(msg, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	netlink_put_str(msg, NFTA_RULE_TABLE, chain->table);
	netlink_put_str(msg, NFTA_RULE_CHAIN, chain->name);
	return netlink_nest(msg, NFTA_RULE_EXPRESSIONS);
}

void nft_end_rule(struct netlink_msg *msg, size_t rule)
{
	netlink_unnest(msg, rule);
}

/* The two nests around the attributes of an expression. */
struct expr {
	size_t item, data;
};

static struct expr begin_expr(struct netlink_msg *msg, const char *name)
{
	struct expr e = { .item = netlink_nest(msg, NFTA_LIST_ELEM) };

	netlink_put_str(msg, NFTA_EXPR_NAME, name);
	e.data = netlink_nest(msg, NFTA_EXPR_DATA);
	return e;
}

static void end_expr(struct netlink_msg *msg, struct expr e)
{
	netlink_unnest(msg, e.data);
	netlink_unnest(msg, e.item);
}

void nft_meta(struct netlink_msg *msg, enum nft_meta_keys key, uint32_t reg)
{
	struct expr e = begin_expr(msg, "meta");

	put_be32(msg, NFTA_META_KEY, key);
	put_be32(msg, NFTA_META_DREG, reg);
	end_expr(msg, e);
}

void nft_ct(struct netlink_msg *msg, enum nft_ct_keys key, uint32_t reg)
{
	struct expr e = begin_expr(msg, "ct");

	put_be32(msg, NFTA_CT_KEY, key);
	put_be32(msg, NFTA_CT_DREG, reg);
	end_expr(msg, e);
}

void nft_payload(struct netlink_msg *msg, const struct nft_field *field,
		 uint32_t reg)
{
	struct expr e = begin_expr(msg, "payload");

	put_be32(msg, NFTA_PAYLOAD_BASE, field->base);
	put_be32(msg, NFTA_PAYLOAD_OFFSET, field->offset);
	put_be32(msg, NFTA_PAYLOAD_LEN, field->size);
	put_be32(msg, NFTA_PAYLOAD_DREG, reg);
	end_expr(msg, e);
}

void nft_address_type(struct netlink_msg *msg, uint32_t reg)
{
	struct expr e = begin_expr(msg, "fib");

	put_be32(msg, NFTA_FIB_DREG, reg);
	put_be32(msg, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put_be32(msg, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	end_expr(msg, e);
}

void nft_and(struct netlink_msg *msg, uint32_t reg, uint32_t mask)
{
	struct expr e = begin_expr(msg, "bitwise");
	uint32_t zero = 0;

	put_be32(msg, NFTA_BITWISE_SREG, reg);
	put_be32(msg, NFTA_BITWISE_DREG, reg);
	put_be32(msg, NFTA_BITWISE_LEN, sizeof(mask));
	put_data(msg, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_data(msg, NFTA_BITWISE_XOR, &zero, sizeof(zero));
	end_expr(msg, e);
}

void nft_compare(struct netlink_msg *msg, uint32_t reg, enum nft_cmp_ops op,
		 const void *data, size_t size)
{
	struct expr e = begin_expr(msg, "cmp");

	put_be32(msg, NFTA_CMP_SREG, reg);
	put_be32(msg, NFTA_CMP_OP, op);
	put_data(msg, NFTA_CMP_DATA, data, size);
	end_expr(msg, e);
}

void nft_compare_u32(struct netlink_msg *msg, uint32_t reg, enum nft_cmp_ops op,
		     uint32_t value)
{
	nft_compare(msg, reg, op, &value, sizeof(value));
}

void nft_lookup(struct netlink_msg *msg, const struct nft_map *map,
		uint32_t reg)
{
	struct expr e = begin_expr(msg, "lookup");

	netlink_put_str(msg, NFTA_LOOKUP_SET, map->name);
	put_be32(msg, NFTA_LOOKUP_SREG, reg);
	put_be32(msg, NFTA_LOOKUP_DREG, reg);
	end_expr(msg, e);
}

void nft_drop(struct netlink_msg *msg)
{
	struct expr e = begin_expr(msg, "immediate");
	size_t data, verdict;

	put_be32(msg, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = netlink_nest(msg, NFTA_IMMEDIATE_DATA);
	verdict = netlink_nest(msg, NFTA_DATA_VERDICT);
	put_be32(msg, NFTA_VERDICT_CODE, NF_DROP);
	netlink_unnest(msg, verdict);
	netlink_unnest(msg, data);
	end_expr(msg, e);
}

void nft_masquerade(struct netlink_msg *msg)
{
	end_expr(msg, begin_expr(msg, "masq"));
}

void nft_dnat(struct netlink_msg *msg, uint32_t address, uint32_t port)
{
	struct expr e = begin_expr(msg, "nat");

	put_be32(msg, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_be32(msg, NFTA_NAT_FAMILY, NFPROTO_IPV4);
	put_be32(msg, NFTA_NAT_REG_ADDR_MIN, address);
	put_be32(msg, NFTA_NAT_REG_PROTO_MIN, port);
	end_expr(msg, e);
}
