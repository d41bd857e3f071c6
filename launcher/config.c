/* config.c - read LXC's configuration format into a spec
 *
 * A file is read once, into memory that stays, and cut into lines, keys and
 * values in place.  Files that include others wait on a stack; a directory on
 * it is walked in the order of the names.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "config_keys.h"
#include "option.h"
#include "spec.h"

enum { TEXT_MAX = 1024 * 1024, DEPTH_MAX = 8 };

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct frame {
	enum { CONFIG, FSTAB, DIRECTORY } kind;
	char *next; /* line */
	unsigned int line;
	char path[PATH_MAX];
	char last[NAME_MAX + 1]; /* name that was read in a directory */
};

struct reader {
	struct config config;
	size_t depth;
	struct frame frames[DEPTH_MAX];
	char origin[512], where[512];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Behind the backslash at *from, which moves to the last byte of it. */
static char escaped(const char **from)
{
	const char *p = ++*from;

	if (p[0] > '3' || !is_octal(p[0]) || !is_octal(p[1]) || !is_octal(p[2]))
		return *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
	*from += 2;
	return (char)((p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0'));
}

/* The inside of the shell's $'...' up to the quote that must be the last byte;
 * NULL if it isn't, or for a NUL byte. */
static char *unquote_shell(char *text)
{
	char *to = text;
	const char *from = text;

	for (; *from && *from != '\''; from++) {
		*to = *from == '\\' ? escaped(&from) : *from;
		if (!*to++)
			return NULL;
	}
	if (*from != '\'' || from[1])
		return NULL;
	*to = '\0';
	return text;
}

/* LXC's quotes: a pair of them around the value. */
static char *unquote(char *text)
{
	size_t len = strlen(text);

	if (len < 2 || !strchr("'\"", text[0]) || text[len - 1] != text[0])
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

static int set_own_key(struct config *c, const char *key, char *value)
{
	const struct option_def *def = option_find(key, strlen(key));

	if (!def)
		return config_unknown_key(c, key,
					  option_nearest(key, strlen(key)));
	if (!def->type->get)
		return failx("cannot set %s: it is not for config files",
			     c->origin);
	if (starts_with(value, "$'")) {
		value = unquote_shell(value + 2);
		if (!value)
			return failx("bad quotes for %s", c->origin);
	} else {
		value = unquote(value);
	}
	return option_set(def, c->spec, value, c->origin);
}

static int read_config_line(struct reader *r, char *line)
{
	char *key = trim(line), *value;

	if (!*key || *key == '#')
		return 0;
	value = split_at(key, '=');
	if (!value)
		return failx("cannot read '%s' at %s: there is no '='", key,
			     r->where);
	key = trim(key);
	value = trim(value);
	/* Cut when too long: these are for messages only. */
	(void)format(r->origin, sizeof(r->origin), "%s at %s", key, r->where);
	if (starts_with(key, "lxc."))
		return config_set_key(&r->config, key, unquote(value));
	return set_own_key(&r->config, key, value);
}

static int read_fstab_line(struct reader *r, char *line)
{
	static const char name[] = "mount";

	line = trim(line);
	if (!*line || *line == '#')
		return 0;
	(void)format(r->origin, sizeof(r->origin), "%s at %s", name, r->where);
	return option_set(option_find(name, strlen(name)), r->config.spec, line,
			  r->origin);
}

static int read_line(struct reader *r, struct frame *f, char *line)
{
	(void)format(r->where, sizeof(r->where), "%s:%u", f->path, ++f->line);
	return f->kind == FSTAB ? read_fstab_line(r, line)
				: read_config_line(r, line);
}

static struct frame *push(struct reader *r, const char *path)
{
	struct frame *f = &r->frames[r->depth];

	if (r->depth == COUNT(r->frames)) {
		failx("cannot include '%s': files are included too deep", path);
		return NULL;
	}
	if (copy_text(f->path, sizeof(f->path), path) < 0) {
		fail("cannot open '%s'", path);
		return NULL;
	}
	r->depth++;
	f->line = 0;
	f->last[0] = '\0';
	f->next = NULL;
	f->kind = CONFIG;
	return f;
}

/* Memory that stays, with a NUL at the end; NULL: reported. */
static char *read_text(int fd, const char *path)
{
	char *text = mmap(NULL, TEXT_MAX + 1, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	if (text == MAP_FAILED) {
		fail("cannot allocate memory for '%s'", path);
		return NULL;
	}
	n = read_all(fd, text, TEXT_MAX + 1);
	if (n >= 0 && n <= TEXT_MAX && !memchr(text, '\0', n))
		/* Editors of another system mark UTF-8 so. */
		return starts_with(text, BYTE_ORDER_MARK)
			       ? text + strlen(BYTE_ORDER_MARK)
			       : text;
	if (n < 0)
		fail("cannot read '%s'", path);
	else
		failx("cannot read '%s': %s", path,
		      n > TEXT_MAX ? "larger than 1 MiB" : "not a text");
	munmap(text, TEXT_MAX + 1);
	return NULL;
}

static int push_file(struct reader *r, const char *path)
{
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct frame *f;

	if (fd < 0)
		return fail("cannot open '%s'", path);
	f = push(r, path);
	if (!f)
		return -1;
	f->next = read_text(fd, path);
	return f->next ? 0 : -1;
}

/* What a key asked for: a file, or all of a directory. */
static int push_include(struct reader *r)
{
	const char *path = r->config.include;
	struct stat st;

	r->config.include = NULL;
	if (stat(path, &st) < 0)
		return fail("cannot open '%s' for %s", path, r->origin);
	if (S_ISDIR(st.st_mode) && !r->config.include_fstab) {
		struct frame *f = push(r, path);

		if (!f)
			return -1;
		f->kind = DIRECTORY;
		return 0;
	}
	if (push_file(r, path) < 0)
		return -1;
	if (r->config.include_fstab)
		r->frames[r->depth - 1].kind = FSTAB;
	return 0;
}

static bool is_config_name(const char *name)
{
	static const char suffix[] = ".conf";
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

/* Put the name that follows f->last into best; empty: there is none. */
static int next_name(const struct frame *f, char best[NAME_MAX + 1])
{
	DIR *dir = opendir(f->path);
	struct dirent *e;

	best[0] = '\0';
	if (!dir)
		return fail("cannot open '%s'", f->path);
	while ((e = readdir(dir)))
		if (is_config_name(e->d_name) &&
		    strcmp(e->d_name, f->last) > 0 &&
		    (!best[0] || strcmp(e->d_name, best) < 0))
			memcpy(best, e->d_name, strlen(e->d_name) + 1);
	closedir(dir);
	return 0;
}

static int step_directory(struct reader *r, struct frame *f)
{
	char name[NAME_MAX + 1], path[PATH_MAX];

	if (next_name(f, name) < 0)
		return -1;
	if (!name[0]) {
		r->depth--;
		return 0;
	}
	memcpy(f->last, name, sizeof(name));
	if (format(path, sizeof(path), "%s/%s", f->path, name) < 0)
		return fail("cannot open '%s' in '%s'", name, f->path);
	return push_file(r, path);
}

static int step_file(struct reader *r, struct frame *f)
{
	char *line = strsep(&f->next, "\n");

	if (!line) {
		r->depth--;
		return 0;
	}
	if (read_line(r, f, line) < 0)
		return -1;
	return r->config.include ? push_include(r) : 0;
}

static int read_frames(struct reader *r)
{
	while (r->depth > 0) {
		struct frame *f = &r->frames[r->depth - 1];

		if ((f->kind == DIRECTORY ? step_directory(r, f)
					  : step_file(r, f)) < 0)
			return -1;
	}
	return config_settle(&r->config);
}

/* Static, as it is larger than what a stack should have; pages of it that are
 * not needed cost nothing. */
static struct reader *start(struct spec *spec)
{
	static struct reader r;

	r.depth = 0;
	r.config = (struct config){
		.spec = spec,
		.origin = r.origin,
		.where = r.where,
	};
	return &r;
}

int config_read(struct spec *spec, const char *path)
{
	struct reader *r = start(spec);

	return push_file(r, path) < 0 ? -1 : read_frames(r);
}

int config_parse(struct spec *spec, char *text, const char *name)
{
	struct reader *r = start(spec);
	struct frame *f = push(r, name);

	if (!f)
		return -1;
	f->next = text;
	return read_frames(r);
}
