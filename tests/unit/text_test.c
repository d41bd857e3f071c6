/* text_test.c - text to value and back, strictly */
#include "common/text.h"

#include "common/count.h"
#include "tap.h"

int main(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} sizes[] = {
		{ "64k", 0, 65536 },
		{ "512M", 0, 536870912 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -1, 0 },
		{ "16777216T", -1, 0 },
		{ "1kB", -1, 0 },
		{ " 1", -1, 0 },
		{ "-1", -1, 0 },
		{ "", -1, 0 },
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t value = 0;

		is(parse_size(sizes[i].text, &value), sizes[i].result);
		is(value, sizes[i].value);
	}
	return done();
}
