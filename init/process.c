/* process.c - a line's command as a process */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/vt.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "console.h"
#include "exec.h"
#include "inittab.h"
#include "user.h"

enum { COMMAND_SIZE = 2048, WORDS_MAX = 256 };

static char *environment[ENVIRONMENT_MAX];

void environment_add(char *entry)
{
	size_t len = strcspn(entry, "=") + 1, i;

	for (i = 0; i < ENVIRONMENT_MAX - 2 && environment[i]; i++)
		if (strncmp(environment[i], entry, len) == 0)
			break;
	environment[i] = entry;
}

void environment_prepare(void)
{
	static char defaults[][64] = {
		"PATH=/sbin:/usr/sbin:/bin:/usr/bin",
		"HOME=/",
		"SHELL=/bin/sh",
		"USER=root",
		"TERM=linux",
	};

	static char serial[] = "TERM=vt102";
	const char *terminal;
	int unused;

	for (size_t i = 0; i < COUNT(defaults); i++)
		environment_add(defaults[i]);
	for (char **e = environ; *e; e++)
		environment_add(*e);
	environ = environment;
	/* The kernel says linux whatever its console is. */
	terminal = getenv("TERM");
	if (strcmp(terminal, "linux") == 0 &&
	    ioctl(STDIN_FILENO, VT_OPENQRY, &unused) < 0)
		environment_add(serial);
}

/* Has the command anything that only a shell understands? */
static bool needs_shell(const char *command)
{
	return strpbrk(command, "~`!$^&*()=|\\{}[];\"'<>?#") != NULL;
}

/* With exec the command takes the shell's place; but exec of more than one
 * simple command would run the first only. */
static bool can_exec(const char *command)
{
	size_t first = strcspn(command, " \t");

	return !strpbrk(command, ";&|(){}`!\n") && !memchr(command, '=', first);
}

static void run_shell(const char *command, bool login)
{
	static char dash_c[] = "-c", sh[] = "sh", login_sh[] = "-sh";
	char text[COMMAND_SIZE];
	char *argv[] = { login ? login_sh : sh, dash_c, text, NULL };

	if (format(text, sizeof(text), "%s%s", can_exec(command) ? "exec " : "",
		   command) == 0)
		execve("/bin/sh", argv, environ);
}

/* argv[0] of a login shell begins with a dash, its path does not. */
static void run_words(const char *command, bool login)
{
	char text[COMMAND_SIZE], path[COMMAND_SIZE], *rest = text;
	char *words[WORDS_MAX + 2], **argv = words + 1;
	size_t count = 0;

	if (copy_text(text, sizeof(text), command) < 0)
		return;
	while (count < WORDS_MAX) {
		rest += strspn(rest, " \t");
		if (!*rest)
			break;
		argv[count++] = rest;
		rest += strcspn(rest, " \t");
		if (*rest)
			*rest++ = '\0';
	}
	argv[count] = NULL;
	errno = ENOENT;
	if (count == 0)
		return;
	if (!login) {
		exec_search(argv, environ);
		return;
	}
	if (format(path, sizeof(path), "%s", argv[0]) < 0)
		return;
	argv[0] = strrchr(argv[0], '/') ? strrchr(argv[0], '/') : argv[0] - 1;
	*argv[0] = '-';
	execve(path, argv, environ);
}

static int open_log(const char *path)
{
	autofd int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return fail("cannot open log '%s'", path);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	return 0;
}

static int enter(const struct line *line)
{
	if (console_enter(line) < 0)
		return -1;
	/* A service runs without its log rather than not at all. */
	if (line->extras->log)
		open_log(line->extras->log);
	if (line->extras->dir && chdir(line->extras->dir) < 0)
		return fail("cannot change to '%s'", line->extras->dir);
	return line->extras->user ? user_become(line->extras->user) : 0;
}

static void execute(const struct line *line)
{
	/* sysvinit's + says that utmp is not wanted. */
	bool login = line->command[0] == '-';
	const char *command =
		line->command + (login || line->command[0] == '+');

	if (needs_shell(command))
		run_shell(command, login);
	else
		run_words(command, login);
	warn("cannot execute '%s'", command);
}

void process_become(const struct line *line)
{
	uint64_t old;
	const uint64_t none = 0;

	signals_block_all(&old);
	signals_set_mask(&none);
	execute(line);
	signals_set_mask(&old);
}

noreturn static void child(const struct line *line)
{
	const uint64_t none = 0;

	/* Messages of a child are for its own terminal. */
	report_to(NULL);
	setsid();
	signals_set_mask(&none);
	if (enter(line) < 0)
		_exit(PROCESS_NOT_STARTED);
	for (size_t i = 0; i < LINE_ENV_MAX && line->extras->env[i]; i++)
		environment_add(line->extras->env[i]);
	if (line->action == ACTION_ASKFIRST && !console_ask())
		_exit(0);
	execute(line);
	_exit(PROCESS_NOT_STARTED);
}

pid_t process_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

pid_t process_start(const struct line *line)
{
	pid_t pid = process_fork();

	if (pid == 0)
		child(line);
	return pid;
}
