/* address_test.c - internet and hardware addresses */
#include "common/address.h"

#include <errno.h>

#include "common/count.h"
#include "tap.h"

static void test_addresses(void)
{
	static const struct {
		const char *text;
		int error;
	} addresses[] = {
		{ "10.0.0.2/24", 0 },
		{ "0.0.0.0/0", 0 },
		{ "169.254.1.2/30", 0 },
		{ "fd00::2/64", 0 },
		{ "::1/128", 0 },
		{ "10.0.0.2", EDESTADDRREQ },
		{ "10.0.0.2/33", ERANGE },
		{ "fd00::/129", ERANGE },
		{ "10.0.0.2/", EINVAL },
		{ "10.0.0.2/-1", EINVAL },
		{ "10.0.0.2/24x", EINVAL },
		{ "10.0.0/24", EINVAL },
		{ "10.0.0.256/24", EINVAL },
		{ "", EINVAL },
		{ "/24", EINVAL },
		{ "fd00::g/64", EINVAL },
		{ "10.0.0.2/24/3", EINVAL },
	};

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct address a;

		errno = 0;
		is(parse_address(addresses[i].text, &a),
		   addresses[i].error ? -1 : 0);
		is(errno, addresses[i].error);
		if (addresses[i].error == 0)
			is_str(format_address(&a).text, addresses[i].text);
	}
}

static void test_networks(void)
{
	struct address net, host, last;

	parse_address("10.1.2.3/22", &net);
	parse_host_address("10.1.3.255", &host);
	ok(address_covers(&net, &host));
	last = address_broadcast(&net);
	is_str(format_host_address(&last).text, "10.1.3.255");
	ok(address_equal(&last, &host));
	parse_host_address("10.1.4.0", &host);
	ok(!address_covers(&net, &host));
	parse_address("fd00::1/65", &net);
	parse_host_address("fd00::7fff:ffff:ffff:ffff", &host);
	ok(address_covers(&net, &host));
	parse_host_address("fd00::8000:0:0:0", &host);
	ok(!address_covers(&net, &host));
	parse_host_address("10.1.4.0", &host);
	ok(!address_covers(&net, &host));
	host = address_v4(0xa9fe0101, 30);
	is_str(format_address(&host).text, "169.254.1.1/30");
	is(address_number(&host), 0xa9fe0101);
}

static void test_macs(void)
{
	static const struct {
		const char *text;
		int error;
	} macs[] = {
		{ "02:00:00:12:34:5e", 0 },
		{ "00:16:3E:aa:BB:cc", 0 },
		{ "01:00:00:12:34:5e", EADDRNOTAVAIL }, /* multicast */
		{ "ff:ff:ff:ff:ff:ff", EADDRNOTAVAIL },
		{ "00:00:00:00:00:00", EADDRNOTAVAIL },
		{ "02:00:00:12:34", EINVAL },
		{ "02:00:00:12:34:5", EINVAL },
		{ "02:00:00:12:34:5g", EINVAL },
		{ "02-00-00-12-34-5e", EINVAL },
		{ "02:00:00:12:34:5e:", EINVAL },
		{ "", EINVAL },
	};
	uint8_t mac[MAC_SIZE], other[MAC_SIZE];

	for (size_t i = 0; i < COUNT(macs); i++) {
		errno = 0;
		is(parse_mac(macs[i].text, mac), macs[i].error ? -1 : 0);
		is(errno, macs[i].error);
	}
	is(parse_mac("00:16:3E:aa:BB:cc", mac), 0);
	is_str(format_mac(mac).text, "00:16:3e:aa:bb:cc");
	for (int i = 0; i < 64; i++)
		if (parse_mac("xx:xx:xx:xx:xx:x5", mac) < 0 || (mac[0] & 1))
			ok(!"a template gave a multicast address");
	is(mac[5] & 15, 5);
	is(parse_mac("02:xx:xx:xx:xx:xx", mac), 0);
	is(parse_mac("02:xx:xx:xx:xx:xx", other), 0);
	ok(memcmp(mac, other, MAC_SIZE) != 0);
}

int main(void)
{
	test_addresses();
	test_networks();
	test_macs();
	return done();
}
