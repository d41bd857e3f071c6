/* main.c - minit: which of its lives this one is */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "early.h"
#include "events.h"
#include "machine.h"
#include "name.h"
#include "wrapper.h"

/* Is it what a kernel, or a container manager, tells an init? */
static char runlevel(const char *word)
{
	if (!word)
		return '\0';
	if (strcmp(word, "single") == 0)
		return 'S';
	return word[0] && !word[1] && strchr("0123456789SsabcABC", word[0])
		       ? word[0]
		       : '\0';
}

static int wrap(char **argv, uint64_t mask)
{
	static struct wrapper w;
	int status = wrapper_options(&w, argv);

	if (status >= 0)
		return status;
	w.mask = mask;
	return wrapper_run(&w);
}

static bool is_wrapper_name(const char *program)
{
	const char *name = base_name(program);

	return is_tini(program) || strcmp(name, "dumb-init") == 0 ||
	       strcmp(name, "catatonit") == 0;
}

/* Of the 62 that can be blocked, nobody blocks all, but who starts us so that
 * no signal is lost before we block them.  That is not meant for children. */
static uint64_t mask_for_children(uint64_t mask)
{
	const uint64_t unblockable =
		UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1);

	return mask == ~unblockable ? 0 : mask;
}

int main(int argc, char **argv)
{
	uint64_t mask;

	(void)argc;
	/* Before all else: from here on signals wait until they are read. */
	signals_block_all(&mask);
	open_standard_fds();
	mask = mask_for_children(mask);
	if (is_wrapper_name(argv[0]) ||
	    (argv[1] && argv[1][0] == '-' && !client_is_name(argv[0])))
		return wrap(argv, mask);
	if (getpid() != 1) {
		signals_set_mask(&mask);
		return client_run(argv);
	}
	machine_detect();
	/* A command as PID 1 of a container: as tini would take it. */
	if (argv[1] && !runlevel(argv[1]) && !is_machine())
		return wrap(argv, mask);
	early();
	events_loop(runlevel(argv[1]));
}
