/* args.c - the words behind the commands that are not about starting */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "launcher/process.h"

static const struct known {
	const char *name;
	char letter;
	const char *value; /* NULL: a switch */
	size_t field;
} options[] = {
	{ "json", 0, NULL, offsetof(struct args, json) },
	{ "follow", 'f', NULL, offsetof(struct args, follow) },
	{ "since", 0, "TIME", offsetof(struct args, since) },
	{ "interval", 0, "TIME", offsetof(struct args, interval) },
	{ "rounds", 0, "NUMBER", offsetof(struct args, rounds) },
	{ "up", 0, NULL, offsetof(struct args, up) },
	{ "no-addresses", 0, NULL, offsetof(struct args, no_addresses) },
	{ "dir", 'D', "DIR", offsetof(struct args, dir) },
	{ "leave-running", 0, NULL, offsetof(struct args, leave_running) },
	{ "direct", 0, NULL, offsetof(struct args, direct) },
	{ "pre-dump", 0, NULL, offsetof(struct args, pre_dump) },
	{ "parent", 0, "DIR", offsetof(struct args, parent) },
	{ "tcp-established", 0, NULL, offsetof(struct args, tcp_established) },
	{ "tcp-close", 0, NULL, offsetof(struct args, tcp_close) },
	{ "ext-unix", 0, "close|refuse", offsetof(struct args, ext_unix) },
	{ "check", 0, NULL, offsetof(struct args, check) },
	{ "stream", 0, NULL, offsetof(struct args, stream) },
	{ "lazy", 0, NULL, offsetof(struct args, lazy) },
	{ "eager", 0, NULL, offsetof(struct args, eager) },
	{ "strict-files", 0, NULL, offsetof(struct args, strict_files) },
	{ "name", 0, "NAME", offsetof(struct args, name) },
	{ "state-dir", 0, "DIR", offsetof(struct args, state_dir) },
};

/* Is the option among the words of the command's list?  All take state-dir. */
static bool takes(const struct command *c, const struct known *o)
{
	size_t len = strlen(o->name);
	const char *at = c->options;

	if (strcmp(o->name, "state-dir") == 0)
		return true;
	while ((at = strstr(at, o->name)) &&
	       (at[len] > ' ' || (at > c->options && at[-1] != ' ')))
		at += len;
	return at;
}

static const struct known *find(const struct command *c, const char *word,
				size_t len)
{
	for (const struct known *o = options; o < options + COUNT(options); o++)
		if (takes(c, o) &&
		    (word[1] == '-'
			     ? strlen(o->name) + 2 == len &&
				       memcmp(o->name, word + 2, len - 2) == 0
			     : len == 2 && o->letter == word[1]))
			return o;
	return NULL;
}

/* As the completion takes it apart: "[-D|--dir DIR]" */
static void help_option(const struct known *o)
{
	const char letter[] = { '-', o->letter, '|', '\0' };

	dprintf(STDOUT_FILENO, " [%s--%s%s%s]", o->letter ? letter : "",
		o->name, o->value ? " " : "", o->value ? o->value : "");
}

static int help(const struct command *c)
{
	dprintf(STDOUT_FILENO, "usage: launch %s", c->name);
	for (const struct known *o = options; o < options + COUNT(options); o++)
		if (takes(c, o))
			help_option(o);
	dprintf(STDOUT_FILENO, "%s%s\n%s\n", *c->operands ? " " : "",
		c->operands, c->help);
	return 0;
}

static int unknown(const struct command *c, const char *word)
{
	const char *best = NULL;

	for (const struct known *o = options; o < options + COUNT(options); o++)
		if (takes(c, o) && word[1] == '-')
			text_nearer(word + 2, o->name, &best);
	if (best)
		return failx("unknown option '%s' of %s (did you mean --%s?)",
			     word, c->name, best);
	return failx("unknown option '%s' of %s (see launch %s --help)", word,
		     c->name, c->name);
}

int command_bad(const char *value, const char *option, const char *why)
{
	failx("bad value '%s' for --%s (%s)", value, option, why);
	return STATUS_USAGE;
}

/* The option at argv[i] into args: how many words it took, or -1. */
static int take(const struct command *c, struct args *args, char **argv)
{
	char *word = argv[0];
	size_t len = word[1] == '-' ? strcspn(word, "=") : strlen(word);
	const struct known *o = find(c, word, len);
	void *field;

	if (!o)
		return unknown(c, word);
	field = (char *)args + o->field;
	if (!o->value) {
		if (word[len]) {
			command_bad(word + len + 1, o->name, "it takes none");
			return -1;
		}
		*(bool *)field = true;
		return 1;
	}
	*(const char **)field = word[len] ? word + len + 1 : argv[1];
	if (!*(const char **)field)
		return failx("--%s needs a value: %s", o->name, o->value);
	return word[len] ? 1 : 2;
}

/* Options may stand anywhere; behind "--" there are none.  1: help was asked
 * for. */
static int read_words(const struct command *c, struct args *args, char **argv)
{
	while (*argv) {
		int n = 1;

		if (argv[0][0] != '-' || !argv[0][1]) {
			args->operands[args->count++] = *argv;
		} else if (strcmp(*argv, "--") == 0) {
			while (*++argv)
				args->operands[args->count++] = *argv;
			break;
		} else if (strcmp(*argv, "--help") == 0) {
			return 1;
		} else {
			n = take(c, args, argv);
		}
		if (n < 0)
			return -1;
		argv += n;
	}
	args->operands[args->count] = NULL;
	return 0;
}

void command_usage(const struct command *c)
{
	dprintf(STDOUT_FILENO, "usage: launch %s %s\n", c->name, c->operands);
}

int command_miscounted(const struct command *c, bool few)
{
	failx("cannot run '%s': too %s words (launch %s%s%s%s)", c->name,
	      few ? "few" : "many", c->name, *c->options ? " [OPTIONS]" : "",
	      *c->operands ? " " : "", c->operands);
	return STATUS_USAGE;
}

int command_run(const struct command *c, int argc, char **argv)
{
	struct args args = { .operands = argv };
	int result;

	if (c->run)
		return c->run(argc, argv);
	result = read_words(c, &args, argv + 1);
	if (result > 0)
		return help(c);
	if (result == 0 && (args.count < c->least || args.count > c->most))
		return command_miscounted(c, args.count < c->least);
	return result < 0 ? STATUS_USAGE : c->run_args(&args);
}
