/* console.c - launch console: connect the terminal to that of a container */
#include "launcher/console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "launcher/attach.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/process.h"

enum { ESCAPE = 'a' & 0x1f, QUIT = 'q' };

static struct container container; /* large */

/* Ctrl-a q, as lxc-console has it; ctrl-a ctrl-a is one ctrl-a. */
struct keys {
	bool escaped, quit;
};

/* What is for the container, in place; returns how many bytes. */
static size_t filter(struct keys *k, char *bytes, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count && !k->quit; i++) {
		bool was = k->escaped;

		k->escaped = false;
		if (was && bytes[i] == QUIT)
			k->quit = true;
		else if (!was && bytes[i] == ESCAPE)
			k->escaped = true;
		else
			bytes[n++] = bytes[i];
	}
	return n;
}

static void type(struct console *console, struct keys *k)
{
	char bytes[1024];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0)
		console_feed(console, bytes, filter(k, bytes, n));
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		k->quit = true;
}

/* False: the container has ended, or dropped us. */
static bool show(int sock)
{
	char bytes[4096];
	ssize_t n = read(sock, bytes, sizeof(bytes));

	if (n > 0)
		return write_all(STDOUT_FILENO, bytes, n) == 0;
	return n < 0 && (errno == EINTR || errno == EAGAIN);
}

/* False: end. */
static bool take_signal(int signals, struct console *console)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return true;
	switch (info.ssi_signo) {
	case SIGWINCH:
		console_resize(console);
		return true;
	case SIGTSTP:
		console_suspend(console);
		return true;
	case SIGCONT:
	case SIGCHLD:
	case SIGURG:
		return true;
	default:
		return false;
	}
}

static void relay(struct console *console, int sock)
{
	struct keys keys = { false, false };
	autofd int signals = signals_open();
	struct pollfd fds[] = {
		{ .fd = sock, .events = POLLIN },
		{ .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	while (!keys.quit) {
		const bool shells = console_is_shells(console);

		fds[1].fd = console_is_typed_at(console) ? STDIN_FILENO : -1;
		if (poll(fds, 3, shells ? CONSOLE_RETRY_MS : -1) < 0 &&
		    errno != EINTR)
			return;
		if (shells)
			console_resume(console);
		if (fds[0].revents && !show(sock))
			return;
		if (fds[1].revents)
			type(console, &keys);
		if (fds[2].revents && !take_signal(signals, console))
			return;
	}
}

int cmd_console(const struct args *args)
{
	const char *name = args->operands[0];
	struct console console = CONSOLE_INIT;
	autofd int sock = -1;
	uint64_t old;
	int master = -1;

	if (container_find_running(&container, args->state_dir, name) < 0)
		return STATUS_FAILED;
	sock = attach_connect(container.dir, name, &master);
	if (sock < 0)
		return STATUS_FAILED;
	/* Whatever comes, the terminal has to be restored. */
	signals_block_all(&old);
	console_start(&console, master);
	relay(&console, sock);
	console_leave(&console);
	return 0;
}
