/* seccomp_policy.h - which system call gets which answer, and the filter of it
 *
 * A policy has an answer for every call that no rule names, and rules.  The
 * filter is a binary search over the numbers: a list would cost each start a
 * tenth of a millisecond, as the kernel walks it for every number there is.
 *
 * Where a machine runs two kinds of programs, such as 64 and 32 bits, a rule
 * counts for both: the calls are named, and a name has two numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

enum {
	SECCOMP_ABIS = 2, /* this machine's own, and its 32-bit one */
	SECCOMP_NUMBERS_MAX = 512,
	SECCOMP_RULES_MAX = 768,
	SECCOMP_CONDITIONS_MAX = 6, /* a system call has no more arguments */
	SECCOMP_FILTER_MAX = 4096,  /* BPF_MAXINSNS */
};

enum seccomp_compare {
	SECCOMP_NE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ, /* (argument & mask) == value */
	SECCOMP_ANY_BIT,   /* (argument & mask) != 0 */
};

/* All 64 bits, unless narrow: the kernel looks at the lower 32 only, as it does
 * of ioctl(2)'s request (CVE-2017-5226, CVE-2019-10063). */
struct seccomp_condition {
	uint8_t argument; /* 0 to 5 */
	uint8_t compare;
	bool narrow;
	uint64_t value, mask;
};

struct seccomp_policy {
	uint32_t otherwise;   /* SECCOMP_RET_... of a call without a rule */
	uint32_t unknown;     /* ... of a number that has no name yet, or is of
			       the x32 ABI: ENOSYS, so that libraries fall back */
	bool ends_with_rules; /* ... or is above all that rules name */
	bool abis[SECCOMP_ABIS]; /* programs of which there may be */
	size_t count;            /* of rules; the 0th is not used */
	uint16_t first[SECCOMP_ABIS][SECCOMP_NUMBERS_MAX];
	struct seccomp_rule {
		uint32_t answer;
		uint16_t next[SECCOMP_ABIS]; /* of the same call; 0: none */
		uint8_t condition_count;
		struct seccomp_condition conditions[SECCOMP_CONDITIONS_MAX];
	} rules[SECCOMP_RULES_MAX];
};

/* No rules, all kinds of programs. */
void seccomp_policy_init(struct seccomp_policy *p, uint32_t otherwise);

/* Add a rule; all of its conditions must hold.  A call that is not known here
 * is passed over.  ENOSPC. */
int seccomp_policy_add(struct seccomp_policy *p, const char *call,
		       uint32_t answer,
		       const struct seccomp_condition *conditions,
		       size_t count);

/* Write the filter; returns its length.  EFBIG: it needs more than max. */
int seccomp_policy_compile(const struct seccomp_policy *p,
			   struct sock_filter *filter, size_t max);

/* Fill p with the list of what a container has no business with, for one that
 * keeps these capabilities; log: let it through and tell the kernel's log. */
void seccomp_policy_default(struct seccomp_policy *p, uint64_t caps, bool log);

/* The capabilities that open something of it. */
uint64_t seccomp_policy_openers(void);
