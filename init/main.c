/* main.c - minit: which of its lives this one is */
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "name.h"
#include "wrapper.h"

enum life { WRAPPER, CLIENT, INIT };

static int wrap(char **argv, uint64_t mask)
{
	static struct wrapper w;
	int status = wrapper_options(&w, argv);

	if (status >= 0)
		return status;
	w.mask = mask;
	return wrapper_run(&w);
}

int main(int argc, char **argv)
{
	uint64_t mask;

	(void)argc;
	/* Before all else: from here on signals wait until they are read. */
	signals_block_all(&mask);
	open_standard_fds();
	return wrap(argv, mask);
}
