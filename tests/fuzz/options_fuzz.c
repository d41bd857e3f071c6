/* options_fuzz.c - any words, one a line, are options or refused, and what is
 * read is printed so that it reads back as the same */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/try.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[16384], *argv[64];
	char *rest = text, *word;
	int argc = 0, operand;

	if (size >= sizeof(text))
		return -1;
	memcpy(text, data, size);
	text[size] = '\0';
	/* Other files are not under test, and may be terminals. */
	if (strstr(text, "--config"))
		return -1;
	while ((word = strsep(&rest, "\n")) && argc < 63)
		argv[argc++] = word;
	argv[argc] = NULL;
	try_begin();
	operand = options_read(&try_spec, argc, argv);
	if (operand < 0)
		return 0;
	if (operand > argc)
		abort();
	try_spec.argv = argv + operand;
	if (spec_finish(&try_spec) == 0 && !try_round_trip())
		abort();
	return 0;
}
