/* config_fuzz.c - any text is read or refused, and what is read is printed so
 * that it reads back as the same */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/try.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Other files are not under test, and may be terminals. */
static bool names_files(const char *text)
{
	const char *mount = strstr(text, "lxc.mount");

	for (; mount; mount = strstr(mount + 1, "lxc.mount"))
		if (!starts_with(mount, "lxc.mount.entry"))
			return true;
	return strstr(text, "lxc.include");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[16384], copy[sizeof(text)];

	if (size >= sizeof(text))
		return -1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (names_files(text))
		return -1;
	memcpy(copy, text, sizeof(copy));
	try_begin();
	if (config_parse(&try_spec, copy, "fuzz") < 0 ||
	    spec_finish(&try_spec) < 0)
		return 0;
	if (!try_round_trip())
		abort();
	return 0;
}
