/* notes.c - the "#% NAME KEY=VALUE" lines of an inittab */
#include "notes.h"

#include <stddef.h>
#include <string.h>

#include "common/count.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "inittab.h"

struct line *line_find(struct inittab *tab, const char *name)
{
	for (unsigned int i = 0; i < tab->count; i++)
		if (strcmp(tab->lines[i].name, name) == 0)
			return &tab->lines[i];
	return NULL;
}

/* FNV-1a. */
uint64_t line_hash(uint64_t hash, const char *text)
{
	hash ^= UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The setters return -1 for a bad value. */

static int set_user(struct line *line, char *value)
{
	line->extras->user = value;
	return *value ? 0 : -1;
}

static int set_dir(struct line *line, char *value)
{
	line->extras->dir = value;
	return *value == '/' ? 0 : -1;
}

static int set_log(struct line *line, char *value)
{
	line->extras->log = value;
	return *value == '/' ? 0 : -1;
}

static int set_env(struct line *line, char *value)
{
	if (!strchr(value, '=') || *value == '=')
		return -1;
	for (size_t i = 0; i < LINE_ENV_MAX; i++) {
		if (line->extras->env[i])
			continue;
		line->extras->env[i] = value;
		return 0;
	}
	return -1;
}

static int set_after(struct line *line, char *value)
{
	line->extras->after_names = value;
	return *value ? 0 : -1;
}

static int set_stop(struct line *line, char *value)
{
	char *seconds = split_at(value, ':');
	int64_t ms;
	int number = signal_number(value);

	if (number == 0)
		return -1;
	line->stop_signal = number;
	if (!seconds)
		return 0;
	if (parse_duration(seconds, &ms) < 0 || ms > 86400000)
		return -1;
	line->stop_ms = (int)ms;
	return 0;
}

static int set_limit(struct line *line, char *value)
{
	uint64_t limit;

	if (parse_uint(value, 1000000, &limit) < 0)
		return -1;
	line->limit = limit;
	return 0;
}

static const struct key {
	const char *name;
	int (*set)(struct line *line, char *value);
} keys[] = {
	{ "user", set_user },   { "dir", set_dir },   { "env", set_env },
	{ "after", set_after }, { "stop", set_stop }, { "limit", set_limit },
	{ "log", set_log },
};

/* Cut the next word off *text; double quotes keep blanks in it. */
static char *take_word(char **text)
{
	char *from = *text + strspn(*text, " \t"), *to = from, *p;
	bool quoted = false;

	for (p = from; *p && (quoted || (*p != ' ' && *p != '\t')); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*to++ = *p;
	}
	*text = *p ? p + 1 : p;
	if (p == from)
		return NULL;
	*to = '\0';
	return from;
}

static void apply(struct line *line, char *word, unsigned int number)
{
	char *value = split_at(word, '=');

	if (!value && strcmp(word, "main") == 0) {
		line->main = true;
		return;
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].name, word) != 0)
			continue;
		if (!value || keys[i].set(line, value) < 0)
			warnx("inittab:%u: bad value for %s", number, word);
		return;
	}
	warnx("inittab:%u: unknown key '%s'", number, word);
}

void line_note(struct inittab *tab, char *text, unsigned int number)
{
	uint64_t hash = line_hash(0, text);
	char *name = take_word(&text), *word;
	struct line *line = name ? line_find(tab, name) : NULL;
	struct extras *own;

	if (!line) {
		warnx("inittab:%u: there is no line '%s'", number,
		      name ? name : "");
		return;
	}
	line->hash ^= hash;
	own = &tab->extras[line - tab->lines];
	if (line->extras != own)
		*own = (struct extras){ 0 };
	line->extras = own;
	while ((word = take_word(&text)))
		apply(line, word, number);
}

static void set_add(struct line_set *set, unsigned int index)
{
	set->bits[index / 64] |= UINT64_C(1) << index % 64;
}

static bool contains(const struct line_set *set, const struct line_set *part)
{
	for (size_t i = 0; i < COUNT(set->bits); i++)
		if (part->bits[i] & ~set->bits[i])
			return false;
	return true;
}

static void resolve_names(struct inittab *tab, struct line *line)
{
	for (char *name = line->extras->after_names, *next; name; name = next) {
		const struct line *other;

		next = split_at(name, ',');
		other = line_find(tab, name);
		if (other)
			set_add(&line->after, other - tab->lines);
		else
			warnx("'%s' is after '%s', which does not exist",
			      line->name, name);
	}
}

void lines_resolve(struct inittab *tab)
{
	struct line_set ready = { { 0 } };
	bool progress;

	for (unsigned int i = 0; i < tab->count; i++)
		resolve_names(tab, &tab->lines[i]);
	do {
		progress = false;
		for (unsigned int i = 0; i < tab->count; i++) {
			if (line_set_has(&ready, i) ||
			    !contains(&ready, &tab->lines[i].after))
				continue;
			set_add(&ready, i);
			progress = true;
		}
	} while (progress);
	for (unsigned int i = 0; i < tab->count; i++) {
		if (line_set_has(&ready, i))
			continue;
		warnx("'%s' waits for itself: its after= is ignored",
		      tab->lines[i].name);
		tab->lines[i].after = (struct line_set){ { 0 } };
	}
}
