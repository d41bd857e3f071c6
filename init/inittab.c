/* inittab.c - what is to be run, and when: /etc/inittab as data */
#include "inittab.h"

#include <stdio.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "name.h"
#include "notes.h"

enum { NOTES_MAX = 128 };

/* A "#%" line, kept until all names are known. */
struct note {
	char *text;
	unsigned int number;
};

static const struct {
	const char *name;
	enum action action;
} actions[] = {
	{ "sysinit", ACTION_SYSINIT },
	{ "boot", ACTION_BOOT },
	{ "bootwait", ACTION_BOOTWAIT },
	{ "wait", ACTION_WAIT },
	{ "once", ACTION_ONCE },
	{ "respawn", ACTION_RESPAWN },
	{ "askfirst", ACTION_ASKFIRST },
	{ "ctrlaltdel", ACTION_CTRLALTDEL },
	{ "shutdown", ACTION_SHUTDOWN },
	{ "restart", ACTION_RESTART },
	{ "powerfail", ACTION_POWERFAIL },
	{ "powerwait", ACTION_POWERWAIT },
	{ "powerfailnow", ACTION_POWERFAILNOW },
	{ "powerokwait", ACTION_POWEROKWAIT },
	{ "kbrequest", ACTION_KBREQUEST },
	{ "initdefault", ACTION_INITDEFAULT },
	{ "off", ACTION_OFF },
	{ "ondemand", ACTION_OFF },
};

const char *action_name(enum action action)
{
	for (size_t i = 0; i < COUNT(actions); i++)
		if (actions[i].action == action)
			return actions[i].name;
	return "";
}

static enum action find_action(const char *name)
{
	for (size_t i = 0; i < COUNT(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return actions[i].action;
	return 0;
}

bool line_set_has(const struct line_set *set, unsigned int index)
{
	return set->bits[index / 64] >> index % 64 & 1;
}

bool line_is_for(const struct line *line, char level)
{
	return !level || !*line->levels || strchr(line->levels, level);
}

/* The command's last path component, or the id; unique among the lines. */
static void name_line(struct inittab *tab, struct line *line)
{
	const char *from = line->id;
	int len = (int)strlen(from), copies = 1;

	if (len == 0) {
		from = line->command + strspn(line->command, "-+");
		len = (int)strcspn(from, " \t");
		for (int i = 0; i < len; i++)
			if (from[i] == '/') {
				from += i + 1;
				len -= i + 1;
				i = -1;
			}
	}
	/* Room for "-128" behind it. */
	if (len > LINE_NAME_MAX - 5)
		len = LINE_NAME_MAX - 5;
	snprintf(line->name, sizeof(line->name), "%.*s", len, from);
	while (line_find(tab, line->name))
		snprintf(line->name, sizeof(line->name), "%.*s-%d", len, from,
			 ++copies);
	/* Names are shown in JSON and typed in shells. */
	for (char *p = line->name; *p; p++)
		if (*p < ' ' || *p == '"' || *p == '\\' || *p == '\'')
			*p = '_';
}

/* -1: there is no room for it. */
static int add_line(struct inittab *tab, char *text, unsigned int number)
{
	static struct extras none;
	struct line line = {
		.id = text,
		.extras = &none,
		.stop_ms = STOP_DEFAULT_MS,
	};
	char *levels, *action, *command;

	line.hash = line_hash(0, text);
	levels = split_at(text, ':');
	action = levels ? split_at(levels, ':') : NULL;
	command = action ? split_at(action, ':') : NULL;
	if (!command) {
		warnx("inittab:%u: not of the form id:runlevels:action:command",
		      number);
		return 0;
	}
	line.action = find_action(action);
	line.levels = levels;
	line.command = command + strspn(command, " \t");
	if (!line.action) {
		warnx("inittab:%u: unknown action '%s'", number, action);
		return 0;
	}
	if (line.action == ACTION_INITDEFAULT) {
		tab->level = levels[0];
		return 0;
	}
	if (!*line.command) {
		warnx("inittab:%u: no command", number);
		return 0;
	}
	if (tab->count == INITTAB_LINES_MAX)
		return failx(
			"inittab:%u: more than %d lines: the rest is ignored",
			number, INITTAB_LINES_MAX);
	name_line(tab, &line);
	tab->lines[tab->count++] = line;
	return 0;
}

static void trim_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
}

void inittab_parse(struct inittab *tab)
{
	static struct note notes[NOTES_MAX];
	unsigned int count = 0, number = 0;
	char *next;

	tab->count = 0;
	tab->level = '\0';
	for (char *text = tab->text; text; text = next) {
		next = split_at(text, '\n');
		number++;
		text += strspn(text, " \t");
		trim_end(text);
		if (text[0] == '#' && text[1] == '%' && count < NOTES_MAX)
			notes[count++] = (struct note){ text + 2, number };
		else if (text[0] && text[0] != '#' &&
			 add_line(tab, text, number) < 0)
			break;
	}
	for (unsigned int i = 0; i < count; i++)
		line_note(tab, notes[i].text, notes[i].number);
	lines_resolve(tab);
}
