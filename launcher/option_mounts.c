/* option_mounts.c - what to mount, as docker and as fstab(5) say it */
#include "option.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "common/count.h"
#include "common/text.h"
#include "spec.h"

/* The words between the commas.  Printing takes the first that fit, so "bind"
 * and "rec" stand before "rbind". */
static const struct word {
	const char *name;
	unsigned long set, clear;
} words[] = {
	{ "bind", MS_BIND, 0 },
	{ "rec", MS_REC, 0 },
	{ "rbind", MS_BIND | MS_REC, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },
	{ "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },
	{ "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "sync", MS_SYNCHRONOUS, 0 },
	{ "async", 0, MS_SYNCHRONOUS },
	{ "noatime", MS_NOATIME, 0 },
	{ "atime", 0, MS_NOATIME },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "relatime", MS_RELATIME, 0 },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "defaults", 0, 0 },
};

/* What is for us and not for the kernel. */
static bool is_our_word(struct mount_spec *m, const char *word)
{
	if (strcmp(word, "optional") == 0) {
		m->optional = true;
		return true;
	}
	if (strcmp(word, "create") == 0 || strcmp(word, "create=dir") == 0) {
		m->create = true;
		return true;
	}
	if (strcmp(word, "create=file") == 0) {
		m->create = m->create_file = true;
		return true;
	}
	/* LXC's: the target is below the root.  Ours always are. */
	return strcmp(word, "relative") == 0;
}

static bool is_flag(struct mount_spec *m, const char *name)
{
	for (const struct word *w = words; w < words + COUNT(words); w++) {
		if (strcmp(w->name, name) != 0)
			continue;
		m->flags |= w->set;
		m->flags &= ~w->clear;
		return true;
	}
	return false;
}

/* What a tmpfs would be refused for, long after. */
static bool is_bad_data(const char *word)
{
	char number[32];
	unsigned int mode;
	uint64_t n;
	size_t len;

	if (starts_with(word, "mode="))
		return parse_mode(word + 5, &mode) < 0;
	if (!starts_with(word, "size="))
		return false;
	word += 5;
	len = strlen(word);
	if (len > 0 && word[len - 1] == '%')
		return format(number, sizeof(number), "%.*s", (int)len - 1,
			      word) < 0 ||
		       parse_uint(number, UINT32_MAX, &n) < 0;
	return parse_size(word, &n) < 0;
}

/* Sort the words into flags, our own, and data, which is put together again in
 * the same place. */
static int read_words(const struct option_use *use, struct mount_spec *m,
		      char *text)
{
	bool tmpfs = strcmp(m->type, "tmpfs") == 0;
	char *end = text, *start = text, *word;

	while ((word = strsep(&text, ","))) {
		size_t len = strlen(word);

		if (len == 0 || is_our_word(m, word) || is_flag(m, word))
			continue;
		if (tmpfs && is_bad_data(word))
			return option_bad(use, "mount option", word, NULL);
		memmove(end, word, len);
		end += len;
		*end++ = ',';
	}
	if (end > start) {
		end[-1] = '\0';
		m->data = start;
	}
	return 0;
}

static int add_mount(const struct option_use *use, const struct mount_spec *m)
{
	struct spec *spec = use->spec;

	if (m->flags & MS_BIND && m->data)
		return option_bad(use, "mount option", m->data,
				  "such as ro, nosuid, create: see launch(1)");
	if (strspn(m->target, "/") == strlen(m->target))
		return option_bad(use, "target", m->target,
				  "the root itself is --rootfs");
	if (strlen(m->source) > SPEC_PATH_MAX ||
	    strlen(m->target) > SPEC_PATH_MAX ||
	    strlen(m->type) > SPEC_PATH_MAX ||
	    (m->data && strlen(m->data) > SPEC_PATH_MAX))
		return option_bad(use, "mount", m->target, "too long");
	if (spec->mount_count == COUNT(spec->mounts))
		return option_bad(use, "mount", m->target, "too many");
	spec->mounts[spec->mount_count++] = *m;
	return 0;
}

/* SRC:DST[:WORD,...] */
static int set_volume(const struct option_use *use)
{
	char *target = split_at(use->value, ':');
	char *options = target ? split_at(target, ':') : NULL;
	struct mount_spec m = {
		.source = use->value,
		.target = target,
		.type = "bind",
		.flags = MS_BIND,
	};

	if (!target || !*m.source)
		return option_bad(use, "volume", use->value,
				  "SOURCE:TARGET[:OPTIONS]");
	if (*target != '/')
		return option_bad(use, "target", target,
				  "it must start with /");
	if (options && read_words(use, &m, options) < 0)
		return -1;
	return add_mount(use, &m);
}

/* All of a spec's mounts are said as --mount: their order matters. */
const struct option_type option_volume = { set_volume, option_get_nothing };

/* DST[:WORD,...] */
static int set_tmpfs(const struct option_use *use)
{
	char *options = split_at(use->value, ':');
	struct mount_spec m = {
		.source = "tmpfs",
		.target = use->value,
		.type = "tmpfs",
		.flags = MS_NOSUID | MS_NODEV,
	};

	if (*m.target != '/')
		return option_bad(use, "target", m.target,
				  "it must start with /");
	if (options && read_words(use, &m, options) < 0)
		return -1;
	return add_mount(use, &m);
}

const struct option_type option_tmpfs = { set_tmpfs, option_get_nothing };

/* The byte that "\040" stands for, or 0 when text is none such. */
static char octal_byte(const char *text)
{
	if (text[0] != '\\' || text[1] < '0' || text[1] > '3' ||
	    text[2] < '0' || text[2] > '7' || text[3] < '0' || text[3] > '7')
		return '\0';
	return (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
		      (text[3] - '0'));
}

/* Blanks within a field of fstab(5) are octal. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		char byte = octal_byte(from);

		*to = byte ? byte : *from;
		from += byte ? 4 : 1;
	}
	*to = '\0';
	return text;
}

static char *next_field(char **rest)
{
	char *field = *rest ? *rest + strspn(*rest, " \t") : NULL;

	if (!field || !*field)
		return NULL;
	*rest = field;
	return strsep(rest, " \t");
}

/* SOURCE TARGET TYPE WORD,... [FREQ [PASS]] */
static int set_mount(const struct option_use *use)
{
	char *rest = use->value;
	char *source = next_field(&rest), *target = next_field(&rest);
	char *type = next_field(&rest), *options = next_field(&rest);
	struct mount_spec m = { .source = source, .target = target };

	if (!type)
		return option_bad(use, "mount", source ? source : "",
				  "SOURCE TARGET TYPE OPTIONS, as in fstab");
	m.type = type;
	m.source = unescape(source);
	m.target = unescape(target);
	if (options && read_words(use, &m, unescape(options)) < 0)
		return -1;
	if (strcmp(type, "bind") == 0)
		m.flags |= MS_BIND;
	if (m.flags & MS_BIND)
		m.type = "bind";
	else if (strcmp(type, "none") == 0)
		return option_bad(use, "mount", target,
				  "type none without bind");
	return add_mount(use, &m);
}

static char *put_text(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

static char *put_escaped(char *to, const char *text)
{
	for (; *text; text++) {
		if (strchr(" \t\n\\", *text))
			to += snprintf(to, sizeof("\\040"), "\\%03o", *text);
		else
			*to++ = *text;
	}
	return to;
}

static char *put_words(char *to, const struct mount_spec *m)
{
	unsigned long left = m->flags;

	for (const struct word *w = words; w < words + COUNT(words); w++) {
		if (w->set == 0 || (left & w->set) != w->set)
			continue;
		to = put_text(put_text(to, w->name), ",");
		left &= ~w->set;
	}
	if (m->optional)
		to = put_text(to, "optional,");
	if (m->create)
		to = put_text(to, m->create_file ? "create=file," : "create,");
	if (m->data)
		to = put_text(put_escaped(to, m->data), ",");
	return to;
}

/* OPTION_TEXT_MAX has room for three texts of SPEC_PATH_MAX where each byte is
 * escaped, and one where none is. */
_Static_assert(OPTION_TEXT_MAX >= (3 * 4 + 1) * SPEC_PATH_MAX + 1024,
	       "a mount can be longer than the text of an option");

static const char *get_mount(const struct option_query *q)
{
	const struct mount_spec *m = &q->spec->mounts[q->index];
	char *to = q->buf, *start;

	if (q->index >= q->spec->mount_count)
		return NULL;
	to = put_text(put_escaped(to, m->source), " ");
	to = put_text(put_escaped(to, m->target), " ");
	to = put_text(put_text(to, m->flags & MS_BIND ? "none" : m->type), " ");
	start = to;
	to = put_words(to, m);
	if (to == start)
		to = put_text(to, "defaults,");
	put_text(to - 1, " 0 0")[0] = '\0';
	return q->buf;
}

const struct option_type option_mount = { set_mount, get_mount };
