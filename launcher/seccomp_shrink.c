/* seccomp_shrink.c - the same filter with fewer instructions
 *
 * The compiler writes each part of a filter as if it stood alone: a jump to a
 * jump, and an answer behind each question.  Here jumps are led to where they end,
 * to one answer for many of the same if it is near enough, and what nobody comes
 * by any more is left out; which brings others near enough, so again.
 */
#include "seccomp_shrink.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/filter.h>

#include "seccomp_policy.h"

enum {
	NEAR = UINT8_MAX, /* how far a question's jump can lead */
	JUMP = BPF_JMP | BPF_JA,
	ANSWER = BPF_RET | BPF_K,
};

/* All targets are numbers of instructions here. */
static struct step {
	size_t yes, no; /* of a question; a jump has yes */
	size_t place;
	uint32_t k;
	uint16_t code;
	bool reached;
} steps[SECCOMP_FILTER_MAX];

static bool is_question(const struct step *s)
{
	return BPF_CLASS(s->code) == BPF_JMP && s->code != JUMP;
}

static void read_all(const struct sock_filter *filter, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *f = filter + i;

		steps[i] = (struct step){ .code = f->code, .k = f->k };
		if (f->code == JUMP)
			steps[i].yes = i + 1 + f->k;
		else if (is_question(steps + i))
			steps[i].yes = i + 1 + f->jt;
		if (is_question(steps + i))
			steps[i].no = i + 1 + f->jf;
	}
}

/* Where a question that stands at from had better lead than to target: to the last
 * answer of the same kind that is near, as others can share it. */
static size_t better(size_t from, size_t target, size_t count)
{
	size_t end = target;

	while (steps[end].code == JUMP)
		end = steps[end].yes;
	if (end - from - 1 <= NEAR)
		target = end;
	if (steps[end].code != ANSWER)
		return target;
	for (size_t i = from + 1 + NEAR; i > from; i--)
		if (i < count && steps[i].code == ANSWER &&
		    steps[i].k == steps[end].k)
			return i;
	return target;
}

static void lead(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct step *s = steps + i;

		if (is_question(s)) {
			s->yes = better(i, s->yes, count);
			s->no = better(i, s->no, count);
		} else if (s->code == JUMP) {
			while (steps[s->yes].code == JUMP)
				s->yes = steps[s->yes].yes;
			if (steps[s->yes].code == ANSWER)
				*s = (struct step){ .code = ANSWER,
						    .k = steps[s->yes].k };
		}
	}
}

/* Jumps lead forward, so each is reached before it is looked at. */
static void reach(size_t count)
{
	for (size_t i = 0; i < count; i++)
		steps[i].reached = i == 0;
	for (size_t i = 0; i < count; i++) {
		const struct step *s = steps + i;

		if (!s->reached || s->code == ANSWER)
			continue;
		if (s->code == JUMP || is_question(s))
			steps[s->yes].reached = true;
		if (is_question(s))
			steps[s->no].reached = true;
		else if (s->code != JUMP)
			steps[i + 1].reached = true;
	}
}

/* Leave out what is not reached, and jumps to the next. */
static size_t pack(size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		steps[i].place = kept;
		kept += steps[i].reached;
	}
	for (size_t i = 0; i < count; i++) {
		struct step s = steps[i];

		s.yes = s.code == JUMP || is_question(&s) ? steps[s.yes].place
							  : 0;
		s.no = is_question(&s) ? steps[s.no].place : 0;
		if (s.reached)
			steps[s.place] = s;
	}
	return kept;
}

static void write_all(struct sock_filter *filter, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct step *s = steps + i;

		filter[i] = (struct sock_filter){ .code = s->code, .k = s->k };
		if (s->code == JUMP)
			filter[i].k = (uint32_t)(s->yes - i - 1);
		if (!is_question(s))
			continue;
		filter[i].jt = (uint8_t)(s->yes - i - 1);
		filter[i].jf = (uint8_t)(s->no - i - 1);
	}
}

size_t seccomp_shrink(struct sock_filter *filter, size_t count)
{
	size_t before;

	read_all(filter, count);
	do {
		before = count;
		lead(count);
		reach(count);
		count = pack(count);
	} while (count < before);
	write_all(filter, count);
	return count;
}
