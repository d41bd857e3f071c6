/* json_read_test.c - values are found, and what is none is none */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json_read.h"
#include "tap.h"

static struct json_doc doc;
static char text[1 << 17];

static int parse(const char *json)
{
	snprintf(text, sizeof(text), "%s", json);
	return json_parse(&doc, text, strlen(text));
}

static void test_walk(void)
{
	uint64_t number = 0;
	int list, i;

	is(parse("{\"a\": {\"b\": [1, \"two\", [3, 4], {}, \"\"]}, \"c\": 18446744073709551615, \"b\": \"x\"}"),
	   0);
	is_str(json_string(&doc, json_member(&doc, 0, "b")), "x");
	is(json_member(&doc, 0, "d"), -1);
	list = json_member(&doc, json_member(&doc, 0, "a"), "b");
	i = json_first(&doc, list);
	is(json_uint(&doc, i, 9, &number), 0);
	is(number, 1);
	i = json_next(&doc, list, i);
	is_str(json_string(&doc, i), "two");
	i = json_next(&doc, list, i);
	is(json_uint(&doc, json_first(&doc, i), 9, &number), 0);
	is(number, 3);
	i = json_next(&doc, list, i);
	is(json_first(&doc, i), -1);
	i = json_next(&doc, list, i);
	is_str(json_string(&doc, i), "");
	is(json_next(&doc, list, i), -1);
	is(json_uint(&doc, json_member(&doc, 0, "c"), UINT64_MAX, &number), 0);
	ok(number == UINT64_MAX);
	is(json_uint(&doc, json_member(&doc, 0, "c"), 5, &number), -1);
	is(json_uint(&doc, json_member(&doc, 0, "b"), 5, &number), -1);
	is(json_member(&doc, list, "b"), -1);
	is(json_first(&doc, 0), -1);
	ok(json_string(&doc, -1) == NULL);
}

static void test_bad(void)
{
	static const char *const wrong[] = { "",          "{",     "nope",
					     "{\"a\": }", "[1, 2", "\"open",
					     "  " };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		/* Or it has no such value. */
		int result = parse(wrong[i]);

		ok(result < 0 || json_member(&doc, 0, "a") < 0 ||
		   json_string(&doc, json_member(&doc, 0, "a")) == NULL);
	}
	is(parse("{\"a\"}"), 0);
	is(json_member(&doc, 0, "a"), -1);
	memset(text, '[', JSON_VALUES_MAX + 1);
	is(json_parse(&doc, text, JSON_VALUES_MAX + 1), -1);
	is(errno, EFBIG);
}

int main(void)
{
	test_walk();
	test_bad();
	return done();
}
