/* run.c - launch [run]: start a container and stay until it ends */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "common/report.h"
#include "common/signals.h"
#include "launcher/console.h"
#include "launcher/container.h"
#include "launcher/detach.h"
#include "launcher/life.h"
#include "launcher/options.h"
#include "launcher/process.h"
#include "launcher/spec.h"
#include "launcher/start.h"

static struct spec spec;

static bool wants_tty(void)
{
	return spec.tty == TTY_YES ||
	       (spec.tty == TTY_AUTO && !spec.detach && console_wanted());
}

/* All come to us, also those that the caller ignores: a shell ignores SIGINT
 * for whatever runs behind "&".  Except SIGHUP, as nohup(1) means it.  And with
 * SIGCHLD ignored the kernel would reap the command, and tell nobody. */
static void receive_signals(uint64_t ignored)
{
	const uint64_t hangup = 1ULL << (SIGHUP - 1);
	const uint64_t child = 1ULL << (SIGCHLD - 1);
	const uint64_t blocked = ~(ignored & hangup);

	signals_reset(ignored & child);
	signals_set_mask(&blocked);
}

static int help(void)
{
	const struct command *c;

	options_help(STDOUT_FILENO);
	dprintf(STDOUT_FILENO, "\nCommands (launch COMMAND --help):\n");
	for (unsigned int i = 0; (c = command_at(i)); i++)
		dprintf(STDOUT_FILENO, "  %-9s %s\n", c->name, c->help);
	return 0;
}

int run_container(struct spec *wanted, bool tty, struct restore *restore)
{
	static struct container container;
	static struct start s; /* no initialiser: it would be in the program */
	int status, ready = -1;

	container_init(&container);
	s.container = &container;
	s.sync_launcher = s.sync_child = -1;
	s.input = s.output = s.master = s.image.tree = -1;
	s.spec = wanted;
	s.tty = tty;
	s.restore = restore;
	if (wanted->detach && detach(&ready, &wanted->status_fd, &status) < 0) {
		if (status == 0)
			dprintf(STDOUT_FILENO, "%s\n", wanted->name);
		return status;
	}
	if (process_hide_fds() < 0)
		return STATUS_FAILED;
	s.ignored = signals_ignored();
	receive_signals(s.ignored);
	umask(0);
	return life(&s, ready);
}

int cmd_run(int argc, char **argv)
{
	int operand;

	operand = options_read(&spec, argc, argv);
	if (operand < 0)
		return STATUS_USAGE;
	if (operand < argc)
		spec.argv = argv + operand;
	if (spec.help)
		return help();
	if (spec_finish(&spec) < 0)
		return STATUS_USAGE;
	if (spec.print)
		return spec_print(&spec, STDOUT_FILENO) < 0 ? STATUS_FAILED : 0;
	/* To people; programs have asked for it knowing what they do. */
	if (spec.privileged && isatty(STDERR_FILENO))
		warnx("--privileged is no boundary: root inside can do to the host what it likes");
	return run_container(&spec, wants_tty(), NULL);
}
