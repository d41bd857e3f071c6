/* pty.c - play a script at a terminal
 *
 *	pty [expect TEXT | send TEXT | hangup]... -- COMMAND...
 *
 * The command leads a session on a terminal of its own.  expect waits for the
 * text to be written, behind what the last one has found; send types, with \r,
 * \n and \xNN; hangup pulls the plug.  All that is written goes to stdout, too.
 * The exit status is the command's, 128+n when a signal ended it, and 99 when
 * something expected has not come within thirty seconds, or $PTY_SECONDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MISSED = 99 };

static int seconds = 30;

static char seen[1 << 16];
static size_t seen_len, matched;
static int master = -1;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read what there is; 0 when the other side is gone. */
static int take_output(int timeout_ms)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, timeout_ms) <= 0)
		return 1;
	n = read(master, seen + seen_len, sizeof(seen) - 1 - seen_len);
	if (n <= 0)
		return 0;
	if (write(STDOUT_FILENO, seen + seen_len, n) < 0)
		return 0;
	seen_len += n;
	seen[seen_len] = '\0';
	return 1;
}

static int expect(const char *text)
{
	int64_t end = now_ms() + (int64_t)seconds * 1000;
	int open = 1;

	for (;;) {
		const char *at = strstr(seen + matched, text);

		if (at) {
			matched = at + strlen(text) - seen;
			return 0;
		}
		if (!open || now_ms() > end)
			break;
		open = take_output(100);
	}
	fprintf(stderr, "pty: '%s' has not come\n", text);
	return -1;
}

static int hex(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void type(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1] == 'x') {
			c = (char)(hex(text[2]) << 4 | hex(text[3]));
			text += 3;
		} else if (c == '\\') {
			c = *++text == 'r' ? '\r' : '\n';
		}
		if (write(master, &c, 1) < 0)
			return;
	}
}

static pid_t start(char **argv)
{
	int slave;
	pid_t pid;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(slave);
	return pid;
}

static int play(char **script)
{
	for (; strcmp(script[0], "--") != 0; script += 2) {
		if (strcmp(script[0], "hangup") == 0) {
			close(master);
			master = -1;
			return 0;
		}
		if (strcmp(script[0], "send") == 0)
			type(script[1]);
		else if (expect(script[1]) < 0)
			return -1;
	}
	return 0;
}

/* Wait for the end, for as long as for any text. */
static int finish(pid_t pid)
{
	int64_t end = now_ms() + (int64_t)seconds * 1000;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			fprintf(stderr, "pty: the command has not ended\n");
			kill(pid, SIGKILL);
			return MISSED;
		}
		if (master < 0 || !take_output(20))
			poll(NULL, 0, 20);
	}
	while (master >= 0 &&
	       poll(&(struct pollfd){ master, POLLIN, 0 }, 1, 0) > 0 &&
	       take_output(0))
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const char *patience = getenv("PTY_SECONDS");
	char **command = argv + 1;
	pid_t pid;

	if (patience)
		seconds = (int)strtoul(patience, NULL, 10);

	while (*command && strcmp(*command, "--") != 0)
		command++;
	if (argc < 3 || !*command || !command[1])
		return MISSED;
	pid = start(command + 1);
	if (pid < 0) {
		fprintf(stderr, "pty: no terminal: %s\n", strerror(errno));
		return MISSED;
	}
	if (play(argv + 1) < 0) {
		kill(pid, SIGKILL);
		return MISSED;
	}
	return finish(pid);
}
