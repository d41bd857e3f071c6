/* json_test.c - JSON, written piece by piece */
#include "common/json.h"

#include <errno.h>

#include "common/count.h"
#include "tap.h"

static struct json j;

static const char *written(void)
{
	int result = json_end(&j);

	ok(result == 0);
	j.buf[j.len - 1] = '\0';
	return j.buf;
}

static void test_structure(void)
{
	json_begin(&j, -1);
	json_object(&j, NULL);
	json_text(&j, "a", "b");
	json_array(&j, "list");
	json_number(&j, NULL, 0);
	json_number(&j, NULL, UINT64_MAX);
	json_object(&j, NULL);
	json_close(&j);
	json_array(&j, NULL);
	json_close(&j);
	json_close(&j);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_text(&j, "n", NULL);
	json_close(&j);
	is_str(written(), "{\"a\":\"b\",\"list\":[0,18446744073709551615,{},[]]"
			  ",\"t\":true,\"f\":false,\"n\":null}");
}

static void test_texts(void)
{
	static const char *const texts[][2] = {
		{ "", "\"\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\"" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xff\x80", "\"\\udcff\\udc80\"" },
		{ "\xc3", "\"\\udcc3\"" },
		{ "\xe2\x82", "\"\\udce2\\udc82\"" },
		{ "\xc0\x80", "\"\\udcc0\\udc80\"" },
		{ "\xe0\x9f\xbf", "\"\\udce0\\udc9f\\udcbf\"" },
		{ "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"" },
		{ "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"" },
		{ "\xe2\x82z", "\"\\udce2\\udc82z\"" },
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		json_begin(&j, -1);
		json_text(&j, NULL, texts[i][0]);
		is_str(written(), texts[i][1]);
	}
	json_begin(&j, -1);
	json_bytes(&j, NULL, "a\0b", 3);
	is_str(written(), "\"a\\u0000b\"");
}

static void test_overflow(void)
{
	json_begin(&j, -1);
	json_array(&j, NULL);
	for (int i = 0; i < 1000; i++)
		json_number(&j, NULL, i);
	json_close(&j);
	errno = 0;
	is(json_end(&j), -1);
	is(errno, EMSGSIZE);
}

int main(void)
{
	test_structure();
	test_texts();
	test_overflow();
	return done();
}
