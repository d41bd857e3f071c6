/* text_test.c - text to value and back, strictly */
#include "common/text.h"

#include <errno.h>

#include "common/count.h"
#include "tap.h"

static void test_sizes(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} sizes[] = {
		{ "0", 0, 0 },
		{ "64k", 0, 65536 },
		{ "64K", 0, 65536 },
		{ "7b", 0, 7 },
		{ "512M", 0, 536870912 },
		{ "1g", 0, 1 << 30 },
		{ "2T", 0, (uint64_t)2 << 40 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -1, 0 },
		{ "16777216T", -1, 0 },
		{ "1kB", -1, 0 },
		{ "1x", -1, 0 },
		{ "1.5g", -1, 0 },
		{ "k", -1, 0 },
		{ " 1", -1, 0 },
		{ "1 ", -1, 0 },
		{ "-1", -1, 0 },
		{ "+1", -1, 0 },
		{ "", -1, 0 },
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t value = 0;

		is(parse_size(sizes[i].text, &value), sizes[i].result);
		is(value, sizes[i].value);
	}
}

static void test_numbers(void)
{
	uint64_t n = 0;
	unsigned int mode = 0;
	int64_t ms = 0;

	is(parse_uint("7", 7, &n), 0);
	is(n, 7);
	is(parse_uint("8", 7, &n), -1);
	is(errno, ERANGE);
	is(parse_uint("x", 7, &n), -1);
	is(errno, EINVAL);
	is(n, 7);

	is(parse_mode("0755", &mode), 0);
	is(mode, 0755);
	is(parse_mode("7777", &mode), 0);
	is(parse_mode("17777", &mode), -1);
	is(parse_mode("8", &mode), -1);
	is(parse_mode("", &mode), -1);

	is(parse_milli("1.5", &n), 0);
	is(n, 1500);
	is(parse_milli("0.0019", &n), 0);
	is(n, 1);
	is(parse_milli("1.", &n), -1);
	is(parse_milli(".5", &n), -1);
	is(parse_milli("18446744073709551615", &n), -1);

	is(parse_duration("10", &ms), 0);
	is(ms, 10000);
	is(parse_duration("1.5s", &ms), 0);
	is(ms, 1500);
	is(parse_duration("250ms", &ms), 0);
	is(ms, 250);
	is(parse_duration("2m", &ms), 0);
	is(ms, 120000);
	is(parse_duration("1d", &ms), 0);
	is(ms, 86400000);
	is(parse_duration("1w", &ms), -1);
	is(parse_duration("", &ms), -1);
	is(parse_duration("18446744073709551d", &ms), -1);
}

static void test_cpu_lists(void)
{
	static const struct {
		const char *text;
		int result;
	} lists[] = {
		{ "0", 0 },   { "0-3,7", 0 }, { "3,1", 0 }, { "2-2", 0 },
		{ "", -1 },   { ",", -1 },    { "1,", -1 }, { "3-1", -1 },
		{ "1-", -1 }, { "-1", -1 },   { "a", -1 },  { "1 ,2", -1 },
	};

	for (size_t i = 0; i < COUNT(lists); i++)
		is(parse_cpu_list(lists[i].text), lists[i].result);
}

static void test_buffers(void)
{
	char buf[4];

	is(format(buf, sizeof(buf), "%d", 123), 0);
	is_str(buf, "123");
	is(format(buf, sizeof(buf), "%d", 1234), -1);
	is(errno, ENAMETOOLONG);
	is(copy_text(buf, sizeof(buf), "abc"), 0);
	is_str(buf, "abc");
	is(copy_text(buf, sizeof(buf), "abcd"), -1);
	is(errno, ENAMETOOLONG);
}

static void test_pieces(void)
{
	char pair[] = "a=b=c", words[] = " a 'b \\'\"c\\\" d\"e \t \\  x\\";
	char open[] = "a 'b c";
	char *rest = words;

	is_str(split_at(pair, '='), "b=c");
	is_str(pair, "a");
	ok(!split_at(pair, '='));
	ok(starts_with("abc", "ab"));
	ok(starts_with("ab", ""));
	ok(!starts_with("a", "ab"));

	is_str(cut_word(&rest), "a");
	is_str(cut_word(&rest), "b \\c\" de");
	is_str(cut_word(&rest), " ");
	is_str(cut_word(&rest), "x\\");
	ok(!cut_word(&rest) && !rest);
	rest = open;
	is_str(cut_word(&rest), "a");
	ok(!cut_word(&rest));
	is_str(rest, "b c");
}

static void test_likeness(void)
{
	static const char *const names[] = { "net", "memory", "memory-swap" };
	static const struct {
		const char *typed, *meant;
	} cases[] = {
		{ "memroy", "memory" }, { "mem", "memory" },
		{ "nett", "net" },      { "memoryswap", "memory" },
		{ "ment", "net" },      { "emory-swap", "memory-swap" },
		{ "rm", NULL },         { "timeout", NULL },
	};
	char longest[65];

	is(text_distance("", ""), 0);
	is(text_distance("kitten", "sitting"), 3);
	is(text_distance("", "abc"), 3);
	memset(longest, 'x', sizeof(longest));
	longest[64] = '\0';
	is(text_distance(longest, longest), 64);
	longest[63] = '\0';
	is(text_distance(longest, longest), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *best = NULL;

		for (size_t j = 0; j < COUNT(names); j++)
			text_nearer(cases[i].typed, names[j], &best);
		if (cases[i].meant)
			is_str(best, cases[i].meant);
		else
			ok(!best);
	}
}

int main(void)
{
	test_sizes();
	test_numbers();
	test_cpu_lists();
	test_buffers();
	test_pieces();
	test_likeness();
	return done();
}
