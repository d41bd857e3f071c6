/* nft.h - requests to nf_tables, over raw nfnetlink
 *
 *	nft_begin(&msg);
 *	nft_add_table(&msg, "launch0");
 *	nft_add_chain(&msg, &forward);
 *	rule = nft_begin_rule(&msg, &forward);
 *	nft_meta(&msg, NFT_META_IIF, NFT_REG_1);
 *	...
 *	nft_end_rule(&msg, rule);
 *	nft_end(&msg);
 *	netlink_request(&nl, &msg);
 *
 * The kernel does all of a message or nothing.  Tables are of IPv4; all names
 * are borrowed until the message is sent.  Building never fails, see netlink.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <linux/netfilter/nf_tables.h>

#include "netlink.h"

void nft_begin(struct netlink_msg *msg);
void nft_end(struct netlink_msg *msg);

/* EEXIST and ENOENT tell of these when the message is sent. */
void nft_add_table(struct netlink_msg *msg, const char *table);
void nft_delete_table(struct netlink_msg *msg, const char *table);

/* Ask for the table, not in a batch: ENOENT. */
void nft_get_table(struct netlink_msg *msg, const char *table);

struct nft_chain {
	const char *table, *name, *type; /* "nat", "filter" */
	uint32_t hook;                   /* NF_INET_* */
	int32_t priority;
};

void nft_add_chain(struct netlink_msg *msg, const struct nft_chain *chain);

/* A map: its types as nft(8) numbers them, only for its eyes, and sizes. */
struct nft_map {
	const char *table, *name;
	uint32_t key_type, key_size, value_type, value_size;
};

void nft_add_map(struct netlink_msg *msg, const struct nft_map *map);

/* Add (EEXIST) or delete (ENOENT) one element; value is of no use then. */
void nft_add_element(struct netlink_msg *msg, const struct nft_map *map,
		     const void *key, const void *value);
void nft_delete_element(struct netlink_msg *msg, const struct nft_map *map,
			const void *key);

/* A rule is a list of expressions; begin returns a mark that end needs. */
size_t nft_begin_rule(struct netlink_msg *msg, const struct nft_chain *chain);
void nft_end_rule(struct netlink_msg *msg, size_t rule);

/* Expressions.  Loads: */
void nft_meta(struct netlink_msg *msg, enum nft_meta_keys key, uint32_t reg);

struct nft_field {
	enum nft_payload_bases base;
	uint32_t offset, size;
};
void nft_payload(struct netlink_msg *msg, const struct nft_field *field,
		 uint32_t reg);
void nft_ct(struct netlink_msg *msg, enum nft_ct_keys key, uint32_t reg);
void nft_address_type(struct netlink_msg *msg, uint32_t reg); /* of daddr */

/* And with a mask of 4 bytes in place. */
void nft_and(struct netlink_msg *msg, uint32_t reg, uint32_t mask);

/* Go on with the next rule unless... */
void nft_compare(struct netlink_msg *msg, uint32_t reg, enum nft_cmp_ops op,
		 const void *data, size_t size);
void nft_compare_u32(struct netlink_msg *msg, uint32_t reg, enum nft_cmp_ops op,
		     uint32_t value);
void nft_lookup(struct netlink_msg *msg, const struct nft_map *map,
		uint32_t reg);

/* Ends. */
void nft_drop(struct netlink_msg *msg);
void nft_masquerade(struct netlink_msg *msg);
void nft_dnat(struct netlink_msg *msg, uint32_t address, uint32_t port);
