/* seccomp_policy.c - which system call gets which answer, and the filter of it */
#include "seccomp_policy.h"

#include <errno.h>
#include <string.h>

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/unistd.h>

#include "common/count.h"
#include "seccomp_shrink.h"

#if defined(__x86_64__)
static const uint32_t architectures[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 };
#elif defined(__aarch64__)
static const uint32_t architectures[] = { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM };
#else
#error "the system calls of this machine are not known"
#endif

#define DATA(field) offsetof(struct seccomp_data, field)

/* Made from the kernel's headers: all names, one behind the other, and their
 * numbers; -1: there is none. */
#define CALL(name, own, other) name "\0"
static const char names[] =
#include SYSCALLS
	;
#undef CALL
#define CALL(name, own, other) { own, other },
static const int16_t numbers[][SECCOMP_ABIS] = {
#include SYSCALLS
};

/* Calls that have the same answer and stand side by side. */
struct run {
	uint16_t from, rule;
};

enum { SEARCH_DEPTH_MAX = 12 }; /* halves of SECCOMP_NUMBERS_MAX */

struct output {
	struct sock_filter *filter;
	size_t count, max;
};

void seccomp_policy_init(struct seccomp_policy *p, uint32_t otherwise)
{
	memset(p->first, 0, sizeof(p->first));
	p->otherwise = otherwise;
	p->unknown = SECCOMP_RET_ERRNO | ENOSYS;
	p->ends_with_rules = false;
	p->count = 1;
	for (size_t i = 0; i < COUNT(p->abis); i++)
		p->abis[i] = true;
}

/* Its numbers, or NULL. */
static const int16_t *find_call(const char *name)
{
	const char *at = names;

	for (size_t i = 0; i < COUNT(numbers); i++, at += strlen(at) + 1)
		if (strcmp(at, name) == 0)
			return numbers[i];
	return NULL;
}

/* Behind the rules that the call has already: the first that holds counts. */
static void append(struct seccomp_policy *p, size_t abi, int number,
		   size_t rule)
{
	uint16_t *at = &p->first[abi][number];

	while (*at)
		at = &p->rules[*at].next[abi];
	*at = (uint16_t)rule;
}

int seccomp_policy_add(struct seccomp_policy *p, const char *call,
		       uint32_t answer,
		       const struct seccomp_condition *conditions, size_t count)
{
	const int16_t *number = find_call(call);
	struct seccomp_rule *rule = p->rules + p->count;

	if (!number)
		return 0;
	if (p->count == COUNT(p->rules) || count > COUNT(rule->conditions)) {
		errno = ENOSPC;
		return -1;
	}
	*rule = (struct seccomp_rule){ .answer = answer,
				       .condition_count = (uint8_t)count };
	if (count > 0)
		memcpy(rule->conditions, conditions,
		       count * sizeof(*conditions));
	for (size_t abi = 0; abi < SECCOMP_ABIS; abi++)
		if (number[abi] >= 0 && number[abi] < SECCOMP_NUMBERS_MAX)
			append(p, abi, number[abi], p->count);
	p->count++;
	return 0;
}

/* What does not fit is counted only. */
static void put(struct output *o, uint16_t code, uint32_t k, size_t jt,
		size_t jf)
{
	if (o->count < o->max)
		o->filter[o->count] = (struct sock_filter){ code, (uint8_t)jt,
							    (uint8_t)jf, k };
	o->count++;
}

static void put_return(struct output *o, uint32_t answer)
{
	put(o, BPF_RET | BPF_K, answer, 0, 0);
}

/* A jump whose length is known later: see land(). */
static size_t put_jump(struct output *o)
{
	put(o, BPF_JMP | BPF_JA, 0, 0, 0);
	return o->count - 1;
}

static void land(struct output *o, size_t jump)
{
	if (jump < o->max)
		o->filter[jump].k = (uint32_t)(o->count - jump - 1);
}

static void load(struct output *o, const struct seccomp_condition *c, bool high)
{
	/* Little-endian, as all machines that we know. */
	put(o, BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(DATA(args) + sizeof(uint64_t) * c->argument +
		       (high ? sizeof(uint32_t) : 0)),
	    0, 0);
}

/* Go on when this half is equal; returns the jump that is taken when not. */
static size_t put_equal(struct output *o, const struct seccomp_condition *c,
			bool high)
{
	uint32_t value = (uint32_t)(c->value >> (high ? 32 : 0));
	uint32_t mask = (uint32_t)(c->mask >> (high ? 32 : 0));

	load(o, c, high);
	if (c->compare == SECCOMP_MASKED_EQ)
		put(o, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	put(o, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	return put_jump(o);
}

static size_t put_equality(struct output *o, const struct seccomp_condition *c,
			   size_t *jumps)
{
	size_t count = 0;

	if (!c->narrow)
		jumps[count++] = put_equal(o, c, true);
	jumps[count++] = put_equal(o, c, false);
	return count;
}

/* Differs, or has a bit: either half is enough. */
static size_t put_either(struct output *o, const struct seccomp_condition *c,
			 size_t *jumps)
{
	bool bits = c->compare == SECCOMP_ANY_BIT;
	uint64_t k = bits ? c->mask : c->value;
	uint16_t code = BPF_JMP | BPF_K | (bits ? BPF_JSET : BPF_JEQ);

	if (!c->narrow) {
		load(o, c, true);
		/* It holds: over the rest, of which there are three. */
		put(o, code, (uint32_t)(k >> 32), bits ? 3 : 0, bits ? 0 : 3);
	}
	load(o, c, false);
	put(o, code, (uint32_t)k, bits ? 1 : 0, bits ? 0 : 1);
	jumps[0] = put_jump(o);
	return 1;
}

/* Less and greater.  The upper half decides unless it is the same. */
static size_t put_order(struct output *o, const struct seccomp_condition *c,
			size_t *jumps)
{
	uint32_t high = (uint32_t)(c->value >> 32), low = (uint32_t)c->value;
	bool greater = c->compare == SECCOMP_GT || c->compare == SECCOMP_GE;
	/* a >= b and a > b as they are; the others are their opposites. */
	bool or_equal = c->compare == SECCOMP_GE || c->compare == SECCOMP_LT;
	uint16_t code = BPF_JMP | BPF_K | (or_equal ? BPF_JGE : BPF_JGT);

	load(o, c, true);
	put(o, BPF_JMP | BPF_JGT | BPF_K, high, greater ? 4 : 3, 0);
	put(o, BPF_JMP | BPF_JEQ | BPF_K, high, 0, greater ? 2 : 3);
	load(o, c, false);
	/* The jump below is taken when the condition does not hold. */
	put(o, code, low, greater ? 1 : 0, greater ? 0 : 1);
	jumps[0] = put_jump(o);
	return 1;
}

static size_t put_condition(struct output *o, const struct seccomp_condition *c,
			    size_t *jumps)
{
	switch (c->compare) {
	case SECCOMP_EQ:
	case SECCOMP_MASKED_EQ:
		return put_equality(o, c, jumps);
	case SECCOMP_NE:
	case SECCOMP_ANY_BIT:
		return put_either(o, c, jumps);
	default:
		return put_order(o, c, jumps);
	}
}

/* Falls through when it does not hold. */
static void put_rule(struct output *o, const struct seccomp_rule *rule)
{
	size_t jumps[2 * SECCOMP_CONDITIONS_MAX], count = 0;

	for (size_t i = 0; i < rule->condition_count; i++)
		count += put_condition(o, rule->conditions + i, jumps + count);
	put_return(o, rule->answer);
	for (size_t i = 0; i < count; i++)
		land(o, jumps[i]);
}

static void put_rules(struct output *o, const struct seccomp_policy *p,
		      size_t abi, size_t first)
{
	const struct seccomp_rule *rule = NULL;

	for (size_t i = first; i; i = rule->next[abi]) {
		rule = p->rules + i;
		put_rule(o, rule);
		if (rule->condition_count == 0)
			return;
	}
	put_return(o, p->otherwise);
}

static bool is_plain(const struct seccomp_policy *p, size_t rule)
{
	return rule == 0 || p->rules[rule].condition_count == 0;
}

static bool same_answer(const struct seccomp_policy *p, size_t a, size_t b)
{
	if (!is_plain(p, a) || !is_plain(p, b))
		return false;
	return (a ? p->rules[a].answer : p->otherwise) ==
	       (b ? p->rules[b].answer : p->otherwise);
}

/* One above the highest number that has a name, or a rule. */
static size_t count_numbers(const struct seccomp_policy *p, size_t abi)
{
	int highest = 0;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		int number = numbers[i][abi];

		if (number > highest &&
		    (!p->ends_with_rules || p->first[abi][number]))
			highest = number;
	}
	return (size_t)highest + 1;
}

static size_t collect_runs(const struct seccomp_policy *p, size_t abi,
			   struct run *runs)
{
	const uint16_t *first = p->first[abi];
	size_t count = 0;

	for (size_t i = 0; i < count_numbers(p, abi); i++)
		if (i == 0 || !same_answer(p, first[i - 1], first[i]))
			runs[count++] = (struct run){ (uint16_t)i, first[i] };
	return count;
}

/* The number is in the accumulator.  The upper half of what is left waits on
 * the stack, with the jump that leads to it, while the lower one is written. */
static void put_search(struct output *o, const struct seccomp_policy *p,
		       size_t abi, const struct run *runs, size_t count)
{
	struct {
		size_t low, high, jump;
	} stack[SEARCH_DEPTH_MAX] = { { 0, count, SIZE_MAX } };
	size_t depth = 1;

	while (depth > 0) {
		size_t low = stack[depth - 1].low;
		size_t high = stack[depth - 1].high;
		size_t middle = (low + high) / 2;

		land(o, stack[depth - 1].jump);
		if (high - low == 1) {
			put_rules(o, p, abi, runs[low].rule);
			depth--;
			continue;
		}
		put(o, BPF_JMP | BPF_JGE | BPF_K, runs[middle].from, 0, 1);
		stack[depth - 1].low = middle;
		stack[depth - 1].jump = put_jump(o);
		stack[depth].low = low;
		stack[depth].high = middle;
		stack[depth].jump = SIZE_MAX;
		depth++;
	}
}

static void put_abi(struct output *o, const struct seccomp_policy *p,
		    size_t abi)
{
	struct run runs[SECCOMP_NUMBERS_MAX] = { { 0, 0 } };
	size_t count = collect_runs(p, abi, runs);

	put(o, BPF_LD | BPF_W | BPF_ABS, DATA(nr), 0, 0);
	put(o, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)count_numbers(p, abi), 0,
	    1);
	put_return(o, p->unknown);
	put_search(o, p, abi, runs, count);
}

int seccomp_policy_compile(const struct seccomp_policy *p,
			   struct sock_filter *filter, size_t max)
{
	struct output o = { .filter = filter, .max = max };

	for (size_t abi = 0; abi < SECCOMP_ABIS; abi++) {
		size_t other;

		if (!p->abis[abi])
			continue;
		put(&o, BPF_LD | BPF_W | BPF_ABS, DATA(arch), 0, 0);
		put(&o, BPF_JMP | BPF_JEQ | BPF_K, architectures[abi], 1, 0);
		other = put_jump(&o);
		put_abi(&o, p, abi);
		land(&o, other);
	}
	put_return(&o, SECCOMP_RET_KILL_PROCESS);
	if (o.count > max) {
		errno = EFBIG;
		return -1;
	}
	return (int)seccomp_shrink(filter, o.count);
}
