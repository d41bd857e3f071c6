/* client.c - telling the minit that is PID 1 what to do */
#include "client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "control.h"
#include "name.h"
#include "table.h"

enum { USAGE = 1 };

static const struct verb {
	const char *name;
	const char *operands; /* N: names, one request each; S: a signal */
	int signal;           /* what any PID 1 understands by it, or 0 */
	int reboot;           /* ... or the kernel, when forced, or 0 */
} verbs[] = {
	{ "status", "[NAME...] [--json]" },
	{ "start", "NAME..." },
	{ "stop", "NAME..." },
	{ "restart", "NAME..." },
	{ "once", "NAME..." },
	{ "signal", "NAME SIGNAL" },
	{ "reload", "", SIGHUP },
	{ "halt", "[-f]", SIGUSR1, RB_HALT_SYSTEM },
	{ "poweroff", "[-f]", SIGUSR2, RB_POWER_OFF },
	{ "reboot", "[-f]", SIGTERM, RB_AUTOBOOT },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

bool client_is_name(const char *program)
{
	const char *name = base_name(program);

	return strcmp(name, "halt") == 0 || strcmp(name, "poweroff") == 0 ||
	       strcmp(name, "reboot") == 0 || strcmp(name, "shutdown") == 0 ||
	       strcmp(name, "telinit") == 0;
}

static int usage(void)
{
	char line[96];

	for (size_t i = 0; i < COUNT(verbs); i++) {
		snprintf(line, sizeof(line), "%s minit %s %s\n",
			 i ? "      " : "usage:", verbs[i].name,
			 verbs[i].operands);
		write_all(STDERR_FILENO, line, strlen(line));
	}
	snprintf(line, sizeof(line), "       minit [OPTION...] -- COMMAND\n");
	write_all(STDERR_FILENO, line, strlen(line));
	return USAGE;
}

static int open_control(void)
{
	const struct sockaddr_un at = { AF_UNIX, CONTROL_PATH };
	autofd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return fd_take(&fd);
}

static int send_request(int fd, const char *const words[3])
{
	char text[CONTROL_REQUEST_MAX];
	size_t len = 0;

	for (size_t i = 0; i < 3 && words[i]; i++) {
		size_t size = strlen(words[i]) + 1;

		if (len + size > sizeof(text)) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(text + len, words[i], size);
		len += size;
	}
	return send(fd, text, len, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Ask, and hand each packet of the answer to the table, or show it. */
static int ask(struct table *table, const char *verb, const char *name,
	       const char *value)
{
	const char *const words[3] = { verb, name, value };
	char text[CONTROL_ANSWER_MAX + 1];
	autofd int fd = open_control();
	int result = 0;
	ssize_t n;

	if (fd < 0 || send_request(fd, words) < 0)
		return fail("cannot reach minit at '%s'", CONTROL_PATH);
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		if (text[0] != '+')
			result = failx("%s", text + 1);
		else if (table)
			table_add(table, text + 1);
		else
			warnx("%s", text + 1);
	}
	return n < 0 ? fail("cannot hear from minit") : result;
}

static int show_status(char **names)
{
	struct table table = { .json = false };
	int result = 0;

	for (char **n = names; *n; n++)
		if (strcmp(*n, "--json") == 0)
			table.json = true;
	table_begin(&table);
	if (!*names || (table.json && !names[1]))
		result = ask(&table, "status", NULL, NULL);
	else
		for (; *names; names++)
			if (strcmp(*names, "--json") != 0 &&
			    ask(&table, "status", *names, NULL) < 0)
				result = -1;
	table_end(&table);
	return result;
}

/* halt, poweroff, reboot; the options of others' programs are let pass. */
static int power(const struct verb *verb, char **options)
{
	bool force = false;

	for (; *options; options++) {
		if (options[0][0] != '-')
			return usage();
		if (strchr(*options, 'f'))
			force = true;
		if (verb->signal == SIGUSR1 && strchr(*options, 'p'))
			verb = find_verb("poweroff");
	}
	if (force) {
		sync();
		return reboot(verb->reboot) < 0 ? fail("cannot %s", verb->name)
						: 0;
	}
	/* Another program may be PID 1. */
	if (access(CONTROL_PATH, F_OK) < 0)
		return kill(1, verb->signal) < 0 ? fail("cannot %s", verb->name)
						 : 0;
	return ask(NULL, verb->name, NULL, NULL);
}

static int run_verb(const struct verb *verb, char **words)
{
	int result = 0;

	if (verb->reboot)
		return power(verb, words);
	if (strcmp(verb->name, "status") == 0)
		return show_status(words);
	if (strcmp(verb->name, "signal") == 0)
		return words[0] && words[1] && !words[2]
			       ? ask(NULL, verb->name, words[0], words[1])
			       : usage();
	if (verb->signal)
		return words[0] ? usage() : ask(NULL, verb->name, NULL, NULL);
	if (!words[0])
		return usage();
	for (; *words; words++)
		if (ask(NULL, verb->name, *words, NULL) < 0)
			result = -1;
	return result;
}

static int change_level(const char *level)
{
	char *none[] = { NULL };

	if (!level || !level[0] || level[1])
		return usage();
	switch (level[0]) {
	case '0':
		return power(find_verb("poweroff"), none);
	case '6':
		return power(find_verb("reboot"), none);
	case 'q':
	case 'Q':
		return ask(NULL, "reload", NULL, NULL);
	default:
		return ask(NULL, "runlevel", level, NULL);
	}
}

/* shutdown [-r|-h|-P|-H] now: the time is taken for now. */
static int shut_down(char **words)
{
	const char *verb = "poweroff";
	char *none[] = { NULL };

	for (; *words && words[0][0] == '-'; words++) {
		if (strchr(*words, 'r'))
			verb = "reboot";
		if (strchr(*words, 'H'))
			verb = "halt";
	}
	if (*words && strcmp(*words, "now") != 0 && strcmp(*words, "+0") != 0)
		return failx("only 'now' is a time that is understood");
	return power(find_verb(verb), none);
}

int client_run(char **argv)
{
	const char *name = base_name(argv[0]);
	const struct verb *verb;
	int result;

	report_name(name);
	if (strcmp(name, "telinit") == 0) {
		result = change_level(argv[1]);
	} else if (strcmp(name, "shutdown") == 0) {
		result = shut_down(argv + 1);
	} else {
		if (!client_is_name(argv[0]))
			argv++;
		verb = argv[0] ? find_verb(base_name(argv[0])) : NULL;
		result = verb ? run_verb(verb, argv + 1) : usage();
	}
	return result < 0 ? 1 : result;
}
