/* ports_test.c - published ports, from text and to text */
#include "common/ports.h"

#include <errno.h>

#include "common/count.h"
#include "tap.h"

static void test_good(void)
{
	static const struct {
		const char *text, *again;
		uint16_t host, inside, count;
	} good[] = {
		{ "80:81", "80:81", 80, 81, 1 },
		{ "80:81/tcp", "80:81", 80, 81, 1 },
		{ "0.0.0.0:1:65535/udp", "1:65535/udp", 1, 65535, 1 },
		{ "127.0.0.1:8000-8009:80-89", "127.0.0.1:8000-8009:80-89",
		  8000, 80, 10 },
		{ "255.255.255.255:10000-10001:10000-10001/udp",
		  "255.255.255.255:10000-10001:10000-10001/udp", 10000, 10000,
		  2 },
		{ "1-65535:1-65535", "1-65535:1-65535", 1, 1, 65535 },
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct ports p;

		is(parse_ports(good[i].text, &p), 0);
		is(p.host, good[i].host);
		is(p.inside, good[i].inside);
		is(p.count, good[i].count);
		is_str(format_ports(&p).text, good[i].again);
	}
}

static void test_bad(void)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "", EINVAL },
		{ "80", EINVAL },
		{ ":80", EINVAL },
		{ "80:", EINVAL },
		{ "0:80", ERANGE },
		{ "80:0", ERANGE },
		{ "65536:80", ERANGE },
		{ "9-8:9-8", ERANGE },
		{ "8-9:8", EDOM },
		{ "8:8-9", EDOM },
		{ "8-:8", EINVAL },
		{ "80:80/sctp", EINVAL },
		{ "80:80/", EINVAL },
		{ "::1:80:80", EINVAL },
		{ "1.2.3:80:80", EINVAL },
		{ "1.2.3.4.5:80:80", EINVAL },
		{ "+80:80", EINVAL },
		{ "80: 80", EINVAL },
		{ "0000000000000000000000000000000000000000000000000000000"
		  "00000080:80",
		  EINVAL },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ports p;

		errno = 0;
		if (!is(parse_ports(bad[i].text, &p), -1) ||
		    !is(errno, bad[i].error))
			printf("# %s\n", bad[i].text);
	}
}

int main(void)
{
	test_good();
	test_bad();
	return done();
}
