/* options.c - read the command line into a spec */
#include "options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/report.h"
#include "common/text.h"
#include "config.h"
#include "option.h"
#include "spec.h"

/* Where in argv we are. */
struct words {
	const char *names; /* that are allowed; NULL: all */
	char **argv;
	int argc, index;
	char *cluster; /* the rest of "-it" behind its first letters */
};

struct found {
	const struct option_def *def;
	char *value;
};

static bool is_allowed(const char *names, const struct option_def *def)
{
	char word[32];

	return !names || (format(word, sizeof(word), " %s ", def->name) == 0 &&
			  strstr(names, word));
}

static const struct option_def *find_letter(const struct words *w, char letter)
{
	size_t count;
	const struct option_def *def = option_table(&count);

	for (; count > 0; count--, def++)
		if (def->letter == letter && is_allowed(w->names, def))
			return def;
	return NULL;
}

static int take_value(struct words *w, struct found *f)
{
	if (w->index == w->argc)
		return failx("--%s needs a value: %s (see launch --help)",
			     f->def->name, f->def->value);
	f->value = w->argv[w->index++];
	return 0;
}

static int unknown_option(const char *name, size_t len)
{
	const char *nearest = option_nearest(name, len);

	if (!nearest)
		return failx("unknown option '--%.*s' (see launch --help)",
			     (int)len, name);
	return failx("unknown option '--%.*s' (did you mean --%s?)", (int)len,
		     name, nearest);
}

/* "--memory=512M", "--memory 512M", "--init", "--init=no" */
static int read_long(struct words *w, struct found *f)
{
	char *name = w->argv[w->index++] + 2;
	size_t len = strcspn(name, "=");

	f->def = option_find(name, len);
	if (f->def && !is_allowed(w->names, f->def))
		return failx("cannot use --%s: this command does not take it",
			     f->def->name);
	if (!f->def)
		return unknown_option(name, len);
	if (name[len])
		f->value = name + len + 1;
	else if (f->def->value)
		return take_value(w, f);
	return 0;
}

/* "-m512M", "-m 512M", "-it" */
static int read_letter(struct words *w, struct found *f)
{
	char letter = *w->cluster++;

	f->def = find_letter(w, letter);
	if (!f->def)
		return failx("unknown option '-%c' (see launch --help)",
			     letter);
	if (!f->def->value)
		return 0;
	if (!*w->cluster) {
		w->cluster = NULL;
		return take_value(w, f);
	}
	f->value = w->cluster;
	w->cluster = NULL;
	return 0;
}

/* 1: found one; 0: there are no more; -1: reported. */
static int next_option(struct words *w, struct found *f)
{
	const char *word;

	*f = (struct found){ 0 };
	if (w->cluster && *w->cluster)
		return read_letter(w, f) < 0 ? -1 : 1;
	word = w->index < w->argc ? w->argv[w->index] : "";
	if (word[0] != '-' || !word[1])
		return 0;
	if (strcmp(word, "--") == 0) {
		w->index++;
		return 0;
	}
	if (word[1] == '-')
		return read_long(w, f) < 0 ? -1 : 1;
	w->cluster = w->argv[w->index++] + 1;
	return read_letter(w, f) < 0 ? -1 : 1;
}

static int set_config(const struct option_use *use)
{
	return config_read(use->spec, use->value);
}

const struct option_type option_config = { set_config, NULL };

/* Set those options which are config files, or those which are not. */
static int read_some(struct spec *spec, struct words *w, bool config)
{
	struct found f;
	int found;

	while ((found = next_option(w, &f)) > 0) {
		char origin[32];

		if ((f.def->type == &option_config) != config)
			continue;
		if (format(origin, sizeof(origin), "--%s", f.def->name) < 0 ||
		    option_set(f.def, spec, f.value, origin) < 0)
			return -1;
	}
	return found;
}

int options_read_some(struct spec *spec, int argc, char **argv,
		      const char *names)
{
	struct words w = {
		.argv = argv,
		.argc = argc,
		.index = 1,
		.names = names,
	};

	return read_some(spec, &w, false) < 0 ? -1 : w.index;
}

int options_read(struct spec *spec, int argc, char **argv)
{
	struct words once = { .argv = argv, .argc = argc, .index = 1 };
	struct words again = once;

	if (read_some(spec, &once, true) < 0 ||
	    read_some(spec, &again, false) < 0)
		return -1;
	return again.index;
}

static void help_line(int fd, const struct option_def *def)
{
	char letter[8] = "", name[64] = "";

	if (def->letter)
		snprintf(letter, sizeof(letter), "-%c,", def->letter);
	snprintf(name, sizeof(name), "--%s%s%s", def->name,
		 def->value ? " " : "", def->value ? def->value : "");
	dprintf(fd, "  %3s %-27s %s\n", letter, name, def->help);
}

void options_help_some(int fd, const char *names)
{
	size_t count;
	const struct option_def *def = option_table(&count);

	for (; count > 0; count--, def++)
		if (is_allowed(names, def))
			help_line(fd, def);
}

void options_help(int fd)
{
	size_t count;
	const struct option_def *def = option_table(&count);
	const char *group = NULL;

	dprintf(fd, "usage: launch [run] [OPTIONS] --rootfs DIR [--] COMMAND "
		    "[ARGUMENT...]\n");
	for (; count > 0; count--, def++) {
		if (!group || strcmp(def->group, group) != 0)
			dprintf(fd, "\n%s:\n", def->group);
		group = def->group;
		help_line(fd, def);
	}
}
