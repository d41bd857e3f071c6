/* spec_print.c - a spec as the config file that reads back into it */
#include "spec.h"

#include <stdio.h>
#include <string.h>

#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "option.h"

struct printer {
	int fd;
	bool failed;
	size_t len;
	char text[4096];
};

static void flush(struct printer *p)
{
	if (write_all(p->fd, p->text, p->len) < 0)
		p->failed = true;
	p->len = 0;
}

static void put_char(struct printer *p, char c)
{
	if (p->len == sizeof(p->text))
		flush(p);
	p->text[p->len++] = c;
}

static void put(struct printer *p, const char *text)
{
	while (*text)
		put_char(p, *text++);
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 127;
}

/* Would the reader of config files make something else of it? */
static bool needs_quotes(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || strchr(" '\"", value[0]) || value[len - 1] == ' ' ||
	    starts_with(value, "$'"))
		return true;
	while (*value)
		if (is_control(*value++))
			return true;
	return false;
}

/* As the shell's $'...' */
static void put_quoted(struct printer *p, const char *value)
{
	put(p, "$'");
	for (; *value; value++) {
		if (is_control(*value)) {
			char octal[8];

			snprintf(octal, sizeof(octal), "\\%03o", *value);
			put(p, octal);
			continue;
		}
		if (*value == '\'' || *value == '\\')
			put_char(p, '\\');
		put_char(p, *value);
	}
	put(p, "'");
}

static void put_line(struct printer *p, const char *name, const char *value)
{
	put(p, name);
	put(p, " = ");
	if (needs_quotes(value))
		put_quoted(p, value);
	else
		put(p, value);
	put(p, "\n");
}

int spec_print(const struct spec *spec, int fd)
{
	static char buf[OPTION_TEXT_MAX];
	struct printer p = { .fd = fd };
	size_t count;
	const struct option_def *def = option_table(&count);

	for (; count-- > 0; def++) {
		const char *value;

		for (size_t i = 0; (value = option_get(def, spec, i, buf)); i++)
			put_line(&p, def->name, value);
	}
	flush(&p);
	return p.failed ? fail("cannot write the spec") : 0;
}
