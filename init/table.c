/* table.c - what status answers, for people or as JSON */
#include "table.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/io.h"
#include "common/text.h"

enum { LINE_SIZE = 6144 }; /* a command's each byte may need escaping */

static const struct column {
	const char *name;
	int width;   /* for people; negative: at the left */
	bool number; /* in JSON without quotes; -1 is null */
} columns[] = {
	{ "name", -16 },       { "action", -10 },      { "state", -8 },
	{ "pid", 7, true },    { "seconds", 8, true }, { "starts", 6, true },
	{ "status", 6, true }, { "command", 0 },
};

static void show(const char *text)
{
	write_all(STDOUT_FILENO, text, strlen(text));
}

static size_t add_string(char *out, size_t size, const char *text)
{
	size_t len = snprintf(out, size, "\"");

	for (; *text && len + 8 < size; text++) {
		unsigned char c = *text;

		if (c < ' ')
			len += snprintf(out + len, size - len, "\\u%04x", c);
		else
			len += snprintf(out + len, size - len, "%s%c",
					c == '"' || c == '\\' ? "\\" : "", c);
	}
	return len + snprintf(out + len, size - len, "\"");
}

static size_t add_field(const struct table *t, char *out, size_t size,
			const struct column *c, const char *text)
{
	bool none = c->number && text[0] == '-';
	size_t len;

	if (!t->json)
		return snprintf(out, size, "%*s%s", c->width, none ? "-" : text,
				c->width ? " " : "");
	len = snprintf(out, size, "%s\"%s\": ", c == columns ? "" : ", ",
		       c->name);
	if (c->number)
		return len + snprintf(out + len, size - len, "%s",
				      none ? "null" : text);
	return len + add_string(out + len, size - len, text);
}

static void add_row(const struct table *t, const char *const fields[])
{
	char line[LINE_SIZE];
	size_t len = snprintf(line, sizeof(line), "%s",
			      !t->json  ? ""
			      : t->rows ? ",\n{"
					: "{");

	for (size_t i = 0; i < COUNT(columns) && len < sizeof(line); i++)
		len += add_field(t, line + len, sizeof(line) - len, &columns[i],
				 fields[i]);
	show(line);
	show(t->json ? "}" : "\n");
}

void table_begin(const struct table *t)
{
	const char *heads[COUNT(columns)];

	for (size_t i = 0; i < COUNT(columns); i++)
		heads[i] = columns[i].name;
	if (t->json)
		show("[");
	else
		add_row(t, heads);
}

void table_add(struct table *t, char *answer)
{
	const char *fields[COUNT(columns)];

	for (size_t i = 0; i < COUNT(columns); i++) {
		fields[i] = answer ? answer : "";
		if (answer && i + 1 < COUNT(columns))
			answer = split_at(answer, '\t');
	}
	add_row(t, fields);
	t->rows++;
}

void table_end(const struct table *t)
{
	if (t->json)
		show("]\n");
}
