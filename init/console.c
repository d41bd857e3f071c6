/* console.c - terminals: which there are, and making one a child's own */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "inittab.h"
#include "name.h"

enum { PATH_SIZE = 128 };

static bool is_device(const char *name, size_t len)
{
	char path[PATH_SIZE];
	struct stat st;

	return format(path, sizeof(path), "/dev/%.*s", (int)len, name) == 0 &&
	       stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

/* Could it only be meant as a terminal's name? */
static bool is_terminal_name(const char *name, size_t len)
{
	static const char *const kinds[] = { "tty",  "hvc", "hvsi",   "xvc",
					     "pts/", "vc/", "console" };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (len >= strlen(kinds[i]) &&
		    strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

/* The first word's last path component. */
static void program_name(const struct line *line, char *buf, size_t size)
{
	const char *command = line->command + strspn(line->command, "-+");

	snprintf(buf, size, "%.*s", (int)strcspn(command, " \t"), command);
	memmove(buf, base_name(buf), strlen(base_name(buf)) + 1);
}

/* A getty opens the terminal by itself: "1:2345:respawn:/sbin/getty tty1". */
static enum terminal getty_terminal(const struct line *line)
{
	const char *word = line->command;
	char program[PATH_SIZE];
	size_t len;

	program_name(line, program, sizeof(program));
	len = strlen(program);
	if (len < 5 || strcmp(program + len - 5, "getty") != 0)
		return TERMINAL_NONE;
	while (*word) {
		len = strcspn(word, " \t");
		if (is_terminal_name(word, len) && !is_device(word, len))
			return TERMINAL_MISSING;
		word += len;
		word += strspn(word, " \t");
	}
	return TERMINAL_NONE;
}

enum terminal line_terminal(const struct line *line)
{
	size_t len = strlen(line->id);

	if (len > 0 && is_device(line->id, len))
		return TERMINAL_THERE;
	if (is_terminal_name(line->id, len))
		return TERMINAL_MISSING;
	return getty_terminal(line);
}

/* Has it words that are no options?  A shell then runs these, or a script. */
static bool has_operand(const char *command)
{
	while (*(command += strcspn(command, " \t"))) {
		command += strspn(command, " \t");
		if (*command && *command != '-')
			return true;
	}
	return false;
}

bool line_is_login(const struct line *line)
{
	static const char *const programs[] = { "sh",      "ash",   "bash",
						"dash",    "zsh",   "login",
						"sulogin", "getty", "agetty" };
	enum { SHELLS = 5 };
	char program[PATH_SIZE];

	if (line->command[0] == '-' || line->action == ACTION_ASKFIRST)
		return true;
	if (line->action != ACTION_RESPAWN)
		return false;
	program_name(line, program, sizeof(program));
	for (size_t i = 0; i < COUNT(programs); i++)
		if (strcmp(program, programs[i]) == 0)
			return i >= SHELLS || !has_operand(line->command);
	return false;
}

bool line_is_interactive(const struct line *line)
{
	return line_is_login(line) || (line->action == ACTION_RESPAWN &&
				       line_terminal(line) == TERMINAL_THERE);
}

static int open_terminal(const char *id, int flags)
{
	char path[PATH_SIZE];

	if (format(path, sizeof(path), "/dev/%s", id) < 0)
		return -1;
	return open(path, O_RDWR | O_CLOEXEC | flags);
}

bool line_terminal_works(const struct line *line)
{
	autofd int fd = -1;

	if (line_terminal(line) != TERMINAL_THERE)
		return line_terminal(line) == TERMINAL_NONE;
	fd = open_terminal(line->id, O_NOCTTY | O_NONBLOCK);
	return fd >= 0;
}

/* What a program that crashed may have left behind is no way to log in. */
static void restore_modes(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) < 0)
		return;
	t.c_iflag = (t.c_iflag & ~(IGNBRK | INLCR | IGNCR | INPCK)) | BRKINT |
		    ICRNL | IXON;
	t.c_oflag |= OPOST | ONLCR;
	t.c_cflag |= CREAD;
	t.c_lflag |= ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		     IEXTEN;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

int console_enter(const struct line *line)
{
	if (line_terminal(line) == TERMINAL_THERE) {
		autofd int fd = open_terminal(line->id, O_NOCTTY);

		if (fd < 0)
			return fail("cannot open '/dev/%s'", line->id);
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	if (line_is_interactive(line)) {
		/* Fails where another session has it; then there is no job
		 * control, and that is all. */
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
		restore_modes();
	}
	return 0;
}

bool console_ask(void)
{
	static const char question[] =
		"\nPlease press Enter to activate this console. ";
	char c;

	if (write_all(STDOUT_FILENO, question, sizeof(question) - 1) < 0)
		return false;
	do {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n < 0)
			c = '\0';
	} while (c != '\n' && c != '\r');
	return true;
}

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

/* As the session's leader, so that the children can have the terminal.  The
 * kernel tells the leader HUP and CONT, which nobody meant. */
static void give_up_terminal(void)
{
	uint64_t lost = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1)
							      << (SIGCONT - 1);
	struct timespec now = { 0, 0 };

	setsid();
	if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0)
		return;
	while (syscall(SYS_rt_sigtimedwait, &lost, NULL, &now, sizeof(lost)) >
	       0)
		;
}

/* Where we report: stderr, but a description of our own, as it must not block
 * while the children's may.  A file never does, and has its own place. */
static int reports = STDERR_FILENO;

static void open_reports(void)
{
	struct stat st;
	int fd;

	if (fstat(STDERR_FILENO, &st) < 0 || S_ISREG(st.st_mode))
		return;
	fd = open("/proc/self/fd/2",
		  O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		reports = fd;
}

void console_adopt(void)
{
	if (is_null(0) && is_null(1) && is_null(2)) {
		autofd int fd =
			open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0) {
			dup2(fd, STDIN_FILENO);
			dup2(fd, STDOUT_FILENO);
			dup2(fd, STDERR_FILENO);
		}
	}
	give_up_terminal();
	open_reports();
}

void console_report(const char *line)
{
	struct pollfd p = { .fd = reports, .events = POLLOUT };
	char text[600];

	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return;
	snprintf(text, sizeof(text), "minit: %s\n", line);
	/* When even this fails, nobody is left who could be told. */
	if (write(reports, text, strlen(text)) < 0)
		return;
}

void console_names(char *buf, size_t size)
{
	if (read_file_at(AT_FDCWD, "/sys/class/tty/console/active", buf, size) <
	    0)
		buf[0] = '\0';
}
