/* run.c - launch [run]: start a container and stay until it ends */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/signals.h"
#include "launcher/console.h"
#include "launcher/options.h"
#include "launcher/process.h"
#include "launcher/spec.h"
#include "launcher/start.h"
#include "launcher/supervise.h"

static struct spec spec;

/* What is no file, /dev/stdout or a fifo, is not ours to remove. */
static void remove_pid_file(void)
{
	struct stat st;

	if (spec.pid_file && lstat(spec.pid_file, &st) == 0 &&
	    S_ISREG(st.st_mode))
		unlink(spec.pid_file);
}

static int write_pid_file(const struct container *c)
{
	autofd int file = -1;

	if (!spec.pid_file)
		return 0;
	file = openat(AT_FDCWD, spec.pid_file,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file >= 0 && dprintf(file, "%d\n", c->pid) > 0)
		return 0;
	fail("cannot write '%s' (--pid-file)", spec.pid_file);
	if (file >= 0)
		remove_pid_file();
	return -1;
}

/* While it runs there is time for what was not needed to start it. */
static int run(struct start *s)
{
	int status;

	if (start(s) < 0)
		return s->exit_status;
	if (container_save(s->container) < 0 ||
	    write_pid_file(s->container) < 0) {
		start_undo(s);
		return STATUS_FAILED;
	}
	container_prune(s->container);
	status = supervise(s);
	remove_pid_file();
	start_undo(s);
	return status < 0 ? STATUS_FAILED : status;
}

static bool wants_tty(void)
{
	return spec.tty == TTY_YES ||
	       (spec.tty == TTY_AUTO && console_wanted());
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

int cmd_run(int argc, char **argv)
{
	static struct container container;
	static struct start s = {
		.spec = &spec,
		.container = &container,
		.sync_launcher = -1,
		.sync_child = -1,
		.master = -1,
	};

	int operand;

	container_init(&container);
	spec_init(&spec);
	operand = options_read(&spec, argc, argv);
	if (operand < 0)
		return STATUS_USAGE;
	if (operand < argc)
		spec.argv = argv + operand;
	if (spec.help) {
		options_help(STDOUT_FILENO);
		return 0;
	}
	if (spec_finish(&spec) < 0)
		return STATUS_USAGE;
	if (spec.print)
		return spec_print(&spec, STDOUT_FILENO) < 0 ? STATUS_FAILED : 0;
	s.tty = wants_tty();
	if (process_hide_fds() < 0)
		return STATUS_FAILED;
	s.ignored = signals_ignored();
	receive_signals(s.ignored);
	umask(0);
	return run(&s);
}
