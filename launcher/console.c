/* console.c - the container's terminal, and the caller's relayed to it */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "guard.h"

/* Names below dev are our own tmpfs, no stranger's: they can be trusted. */
static void bind_console(int dev, int number)
{
	autofd int file =
		openat(dev, "console", O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char pts[32];

	if (file < 0 || format(pts, sizeof(pts), "pts/%d", number) < 0 ||
	    fchdir(dev) < 0 || mount(pts, "console", NULL, MS_BIND, NULL) < 0)
		die("cannot bind '/dev/console' (--tty)");
}

/* The same size again is no change, and tells nobody. */
static void size_like_caller(int master)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(master, TIOCSWINSZ, &size);
}

void console_resize(const struct console *console)
{
	size_like_caller(console->master);
}

int console_open(int pts, uid_t owner, int *slave)
{
	int unlocked = 0;
	int master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		die("cannot open a pty (--tty)");
	/* Since Linux 4.13; by name it would be the mount of whoever. */
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0 || fchown(*slave, owner, -1) < 0)
		die("cannot open the other end of the pty (--tty)");
	/* Before anybody could be told that it changes. */
	size_like_caller(master);
	return master;
}

int console_create(int dev, uid_t owner, int *slave)
{
	autofd int pts = openat(dev, "pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int number, master = console_open(pts, owner, slave);

	if (ioctl(master, TIOCGPTN, &number) < 0)
		die("cannot open a pty (--tty)");
	bind_console(dev, number);
	return master;
}

void console_take(int slave)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		die("cannot make the pty the controlling terminal (--tty)");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			die("cannot make the pty fd %d (--tty)", fd);
}

bool console_wanted(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool console_is_shells(const struct console *console)
{
	return console->shared && !console->raw;
}

/* In the background it is the shell's: SIGTTOU is blocked, so nobody would stop
 * us from making it raw below its feet.  One that no shell controls is ours. */
void console_resume(struct console *console)
{
	struct termios raw = console->saved;
	const pid_t front = tcgetpgrp(STDIN_FILENO);

	if (!console->shared || (front >= 0 && front != getpgrp()))
		return;
	cfmakeraw(&raw);
	console->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	console_resize(console);
}

static void restore(struct console *console)
{
	if (console->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &console->saved);
	console->raw = false;
}

void console_suspend(struct console *console)
{
	restore(console);
	raise(SIGSTOP);
	console_resume(console);
}

void console_start(struct console *console, int master)
{
	console->master = master;
	console_resize(console);
	if (tcgetattr(STDIN_FILENO, &console->saved) < 0)
		return; /* -t without a terminal: a pty all the same */
	console->shared = true;
	guard_start(&console->guard, &console->saved);
	console_resume(console);
}

bool console_is_typed_at(const struct console *console)
{
	return !console->input_ended && !console_is_shells(console);
}

/* The container reads slowly, or not at all: what it does not take within the
 * time is lost, as on a serial line, rather than we stuck in write(2). */
void console_feed(const struct console *console, const char *bytes,
		  size_t count)
{
	enum { PATIENCE_MS = 1000 };
	struct pollfd out = { .fd = console->master, .events = POLLOUT };

	while (count > 0 && poll(&out, 1, PATIENCE_MS) == 1) {
		ssize_t n = write(out.fd, bytes, count);

		if (n < 0)
			return;
		bytes += n;
		count -= n;
	}
}

void console_input(struct console *console)
{
	char bytes[1024];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0) {
		console_feed(console, bytes, n);
		return;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	console->input_ended = true;
	/* What a terminal says at its end: the line discipline makes an end
	 * of file of it. */
	if (!console->shared)
		console_feed(console, "\004", 1);
}

int console_output(struct console *console)
{
	char bytes[4096];
	ssize_t n = read(console->master, bytes, sizeof(bytes));

	if (n > 0) {
		write_all(STDOUT_FILENO, bytes, n);
		return 1;
	}
	/* EIO: nobody has the other end open, which may be for a moment only,
	 * between one getty and the next. */
	return n < 0 && (errno == EINTR || errno == EAGAIN);
}

void console_stop(struct console *console)
{
	if (console->master < 0)
		return;
	fcntl(console->master, F_SETFL, O_NONBLOCK);
	while (console_output(console) > 0)
		if (errno == EAGAIN)
			break;
	console_leave(console);
}

void console_leave(struct console *console)
{
	restore(console);
	console->shared = false;
	guard_end(&console->guard);
	fd_close(&console->master);
}
