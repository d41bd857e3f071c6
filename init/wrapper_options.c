/* wrapper_options.c - the options of tini, dumb-init and catatonit, together */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "name.h"
#include "wrapper.h"

enum { USAGE = 1, GO_ON = -1 };

/* Each returns GO_ON, or the status to exit with. */
typedef int setter(struct wrapper *w, const char *value);

static int say(const char *text)
{
	return write(STDOUT_FILENO, text, strlen(text)) < 0 ? USAGE : 0;
}

static int set_group(struct wrapper *w, const char *value)
{
	(void)value;
	w->group = true;
	return GO_ON;
}

static int set_single(struct wrapper *w, const char *value)
{
	(void)value;
	w->group = w->session = false;
	return GO_ON;
}

static int set_session(struct wrapper *w, const char *value)
{
	(void)value;
	w->group = w->session = true;
	return GO_ON;
}

static int set_pause(struct wrapper *w, const char *value)
{
	(void)value;
	w->pause = true;
	return GO_ON;
}

static int set_warn(struct wrapper *w, const char *value)
{
	(void)value;
	w->warn_reaped = true;
	return GO_ON;
}

static int set_verbose(struct wrapper *w, const char *value)
{
	(void)value;
	w->verbosity++;
	return GO_ON;
}

static int set_quiet(struct wrapper *w, const char *value)
{
	(void)value;
	w->verbosity = WRAPPER_QUIET;
	return GO_ON;
}

/* What is so by itself: the subreaper when not PID 1. */
static int set_default(struct wrapper *w, const char *value)
{
	(void)w, (void)value;
	return GO_ON;
}

static int set_zero(struct wrapper *w, const char *value)
{
	uint64_t status;

	if (parse_uint(value, 255, &status) < 0) {
		warnx("bad exit status '%s' for -e", value);
		return USAGE;
	}
	w->is_zero[status / 32] |= 1U << status % 32;
	return GO_ON;
}

static int set_rewrite(struct wrapper *w, const char *value)
{
	char from[32];
	char *to;
	int a, b;

	if (copy_text(from, sizeof(from), value) < 0)
		from[0] = '\0';
	to = split_at(from, ':');
	a = signal_number(from);
	b = to ? signal_number(to) : 0;
	if (a == 0 || !to || (b == 0 && strcmp(to, "0") != 0)) {
		warnx("bad rewriting '%s' for -r: wanted is FROM:TO, or FROM:0 to drop it",
		      value);
		return USAGE;
	}
	w->rewrite[a] = b;
	return GO_ON;
}

static int set_parent_death(struct wrapper *w, const char *value)
{
	w->parent_death = signal_number(value);
	if (w->parent_death)
		return GO_ON;
	warnx("bad signal '%s' for -p", value);
	return USAGE;
}

static int set_drain(struct wrapper *w, const char *value)
{
	if (parse_duration(value, &w->drain_ms) == 0 &&
	    w->drain_ms <= INT32_MAX)
		return GO_ON;
	warnx("bad duration '%s' for -d", value);
	return USAGE;
}

/* dockerd reads this, and wants to see its docker-init. */
static int show_version(struct wrapper *w, const char *value)
{
	(void)w;
	return say(is_tini(value) ? "tini version 0.19.0 - git." VERSION "\n"
				  : "minit " VERSION "\n");
}

static int show_help(struct wrapper *w, const char *value);

enum value { NO_VALUE, VALUE, PROGRAM };

/* clang-format off */
static const struct wrapper_option {
	char letter;
	enum value takes; /* PROGRAM: is told argv[0] */
	const char *word;
	setter *set;
	const char *help;
} options[] = {
	{ 'g', NO_VALUE, "group", set_group, "a process group of its own, which gets the signals" },
	{ 'S', NO_VALUE, "session", set_session, "a session of its own, likewise" },
	{ 'c', NO_VALUE, "single-child", set_single, "the child alone (default)" },
	{ 'r', VALUE, "rewrite", set_rewrite, "FROM:TO: send another signal; TO 0 drops it" },
	{ 'e', VALUE, "remap", set_zero, "N: exit status N counts as 0" },
	{ 'd', VALUE, "drain", set_drain, "SECONDS for others once the child has ended (default 0)" },
	{ 'p', VALUE, "parent-death", set_parent_death, "SIG: act as if sent SIG when the parent dies" },
	{ 'P', NO_VALUE, "pause", set_pause, "no command: only reap, until TERM or INT" },
	{ 'w', NO_VALUE, "warn-reaped", set_warn, "tell of each orphan that is reaped" },
	{ 's', NO_VALUE, "subreaper", set_default, "nothing: so by default" },
	{ 'v', NO_VALUE, "verbose", set_verbose, "say more" },
	{ 'q', NO_VALUE, "quiet", set_quiet, "say nothing" },
	{ 'V', PROGRAM, "version", show_version, "show the version" },
	{ 'l', PROGRAM, "license", show_version, "likewise" },
	{ 'L', PROGRAM, "licence", show_version, "likewise" },
	{ 'h', NO_VALUE, "help", show_help, "show this" },
};
/* clang-format on */

static int show_help(struct wrapper *w, const char *value)
{
	char line[128];

	(void)w, (void)value;
	say("usage: minit [OPTION...] -- COMMAND [ARGUMENT...]\n");
	for (size_t i = 0; i < COUNT(options); i++) {
		const struct wrapper_option *o = &options[i];

		if (format(line, sizeof(line), "  -%c, --%-13s %s\n", o->letter,
			   o->word, o->help) == 0)
			say(line);
	}
	return 0;
}

static int set_environment(struct wrapper *w)
{
	const char *value = getenv("TINI_VERBOSITY");
	uint64_t level;

	if (value && parse_uint(value, WRAPPER_TRACE, &level) == 0)
		w->verbosity = (int)level;
	if (getenv("TINI_KILL_PROCESS_GROUP"))
		set_group(w, NULL);
	value = getenv("DUMB_INIT_SETSID");
	if (value && strcmp(value, "0") == 0)
		set_single(w, NULL);
	else if (value)
		set_session(w, NULL);
	value = getenv("DUMB_INIT_DEBUG");
	if (value && strcmp(value, "0") != 0)
		w->verbosity = WRAPPER_VERBOSE;
	return GO_ON;
}

static const struct wrapper_option *find_letter(char letter)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static const struct wrapper_option *find_word(const char *word, size_t len)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strncmp(options[i].word, word, len) == 0 &&
		    !options[i].word[len])
			return &options[i];
	return NULL;
}

/* Set one option whose value, if it needs one, is at value or in the next
 * word, which it then takes. */
static int apply(struct wrapper *w, const struct wrapper_option *o,
		 const char *value, char ***words, const char *program)
{
	if (o->takes == PROGRAM)
		return o->set(w, program);
	if (o->takes == VALUE && !value)
		value = *++*words;
	if (o->takes == VALUE && !value) {
		warnx("option '-%c' needs a value", o->letter);
		return USAGE;
	}
	return o->set(w, value);
}

static int unknown(const char *word)
{
	warnx("unknown option '%s'; minit -h lists them", word);
	return USAGE;
}

/* A new session is an orphaned group, where the kernel ignores the terminal's
 * ways of stopping: then only SIGSTOP does it. */
static void rewrite_stops(struct wrapper *w)
{
	static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < COUNT(stops); i++)
		if (w->rewrite[stops[i]] == stops[i])
			w->rewrite[stops[i]] = SIGSTOP;
}

static int take_word(struct wrapper *w, char ***words, const char *program)
{
	const char *word = **words + 2;
	size_t len = strcspn(word, "=");
	const struct wrapper_option *o = find_word(word, len);

	if (!o || (word[len] && o->takes != VALUE))
		return unknown(**words);
	return apply(w, o, word[len] ? word + len + 1 : NULL, words, program);
}

/* "-gv", "-e1", "-e 1". */
static int take_letters(struct wrapper *w, char ***words, const char *program)
{
	const char *word = **words;

	for (const char *p = word + 1; *p; p++) {
		const struct wrapper_option *o = find_letter(*p);
		bool last = o && o->takes == VALUE;
		int status;

		if (!o)
			return unknown(word);
		status = apply(w, o, last && p[1] ? p + 1 : NULL, words,
			       program);
		if (status != GO_ON || last)
			return status;
	}
	return GO_ON;
}

int wrapper_options(struct wrapper *w, char **argv)
{
	const char *program = argv[0];
	int status = GO_ON;

	w->verbosity = WRAPPER_NORMAL;
	for (int i = 0; i <= SIGNALS_MAX; i++)
		w->rewrite[i] = i;
	if (strcmp(base_name(program), "dumb-init") == 0)
		set_session(w, NULL);
	set_environment(w);

	for (argv++; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		status = argv[0][1] == '-' ? take_word(w, &argv, program)
					   : take_letters(w, &argv, program);
		if (status != GO_ON)
			return status;
	}
	if (w->session)
		rewrite_stops(w);
	w->argv = argv;
	if (!*argv && !w->pause) {
		warnx("no command given; usage: minit [OPTION...] -- COMMAND [ARGUMENT...]");
		return USAGE;
	}
	return GO_ON;
}
