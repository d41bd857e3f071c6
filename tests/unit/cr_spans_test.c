/* cr_spans_test.c - what is still in an image only, when memory is given back and moved */
#include "launcher/cr_spans.h"

#include <stdbool.h>
#include <string.h>

#include "tap.h"

#define PAGE ((uint64_t)4096)

enum { PAGES = 64, ROUNDS = 20000, ELSEWHERE = 1000 };

/* Which page of the image a page is; 0: none. */
static uint64_t model[PAGES];

static uint64_t page_of(const struct cr_spans *s, uint64_t page)
{
	const struct cr_span *span = cr_spans_find(s, page * PAGE);

	return span ? (page * PAGE - span->address + span->offset) / PAGE : 0;
}

static bool are_same(const struct cr_spans *s)
{
	for (uint64_t i = 0; i < PAGES; i++)
		if (page_of(s, i) != model[i])
			return false;
	return true;
}

static void begin(struct cr_spans *s)
{
	cr_spans_add(s, &(struct cr_span){ 8 * PAGE, 40 * PAGE,
					   ELSEWHERE * PAGE, 0, 0 });
	memset(model, 0, sizeof(model));
	for (uint64_t i = 0; i < 40; i++)
		model[8 + i] = ELSEWHERE + i;
}

static void cut(struct cr_spans *s, uint64_t from, uint64_t to)
{
	cr_spans_cut(s, from * PAGE, to * PAGE);
	for (uint64_t i = from; i < to; i++)
		model[i] = 0;
}

static void move(struct cr_spans *s, uint64_t from, uint64_t to,
		 uint64_t length)
{
	cr_spans_move(s, from * PAGE, to * PAGE, length * PAGE);
	for (uint64_t i = 0; i < length; i++) {
		model[to + i] = model[from + i];
		model[from + i] = 0;
	}
}

/* The same each time. */
static uint64_t random_number(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return state >> 33;
}

/* As the kernel allows it: here and there do not overlap. */
static void change(struct cr_spans *s)
{
	uint64_t from = random_number() % (PAGES / 2);
	uint64_t length = random_number() % (PAGES / 4);
	uint64_t to = PAGES / 2 + random_number() % (PAGES / 4);

	if (from + length > PAGES / 2)
		length = PAGES / 2 - from;
	switch (random_number() % 4) {
	case 0:
		cut(s, from, from + length / 4);
		break;
	case 1:
		move(s, to, from, length);
		break;
	default:
		move(s, from, to, length);
	}
}

static void test_random(void)
{
	struct cr_spans s = CR_SPANS_INIT, copy = CR_SPANS_INIT;
	int good = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (s.count == 0)
			begin(&s);
		change(&s);
		good += are_same(&s);
	}
	is(good, ROUNDS);
	cr_spans_end(&s);
	begin(&s);
	is(cr_spans_copy(&copy, &s), 0);
	cr_spans_end(&s);
	ok(are_same(&copy));
	cr_spans_end(&copy);
}

static void test_bring(void)
{
	struct cr_spans s = CR_SPANS_INIT;

	begin(&s);
	cut(&s, 20, 30);
	cr_spans_shorten(&s, 4 * PAGE);
	memset(model + 30, 0, 4 * sizeof(*model));
	ok(are_same(&s));
	is(cr_spans_last(&s)->address, 34 * PAGE);
	cr_spans_turn(&s);
	ok(are_same(&s));
	is(cr_spans_last(&s)->address, 8 * PAGE);
	cr_spans_shorten(&s, cr_spans_last(&s)->length);
	is(s.count, 1);
	cr_spans_shorten(&s, cr_spans_last(&s)->length);
	is(s.count, 0);
	ok(!cr_spans_find(&s, 8 * PAGE));
	cr_spans_end(&s);
}

int main(void)
{
	test_random();
	test_bring();
	return done();
}
