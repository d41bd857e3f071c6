/* cr_proc.c - what /proc says of processes, for a checkpoint */
#include "cr_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/io.h"
#include "common/text.h"

enum { RANGES_MAX = 1 << 23 };

static char root[PATH_MAX]; /* of the container, as we see it; "": the same */

ssize_t cr_proc_read(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[80];

	if (format(path, sizeof(path), "/proc/%d/%s", pid, name) < 0)
		return -1;
	return read_file_at(AT_FDCWD, path, buf, size);
}

/* Cut off what is above the root of the container. */
static ssize_t strip(char *path, ssize_t size)
{
	size_t above = strlen(root);

	if (above == 0 || !starts_with(path, root) ||
	    (path[above] != '/' && path[above] != '\0'))
		return size;
	size -= (ssize_t)above;
	memmove(path, path + above, (size_t)size + 1);
	if (size == 0)
		return snprintf(path, 2, "/");
	return size;
}

void cr_proc_begin(pid_t init)
{
	char path[PATH_MAX];

	root[0] = '\0';
	if (cr_proc_link(init, "root", path, sizeof(path)) > 1)
		snprintf(root, sizeof(root), "%s", path);
}

ssize_t cr_proc_link(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[80];
	ssize_t n;

	if (format(path, sizeof(path), "/proc/%d/%s", pid, name) < 0)
		return -1;
	n = read_link(path, buf, size);
	return n < 0 ? -1 : strip(buf, n);
}

const char *cr_field(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, len) == 0 && text[len] == ':')
			return text + len + 1;
		if (!*text)
			break;
	}
	return NULL;
}

bool cr_scan(const char **at, unsigned int base, uint64_t *number)
{
	const char *p = *at;
	bool any = false;

	while (*p == ' ' || *p == '\t')
		p++;
	*number = 0;
	for (;; p++) {
		unsigned int digit = (unsigned int)(*p - '0');

		if (digit > 9)
			digit = *p >= 'a' ? (unsigned int)(*p - 'a') + 10
					  : base;
		if (digit >= base)
			break;
		*number = *number * base + digit;
		any = true;
	}
	*at = p;
	return any;
}

uint64_t cr_number(const char *text, const char *key, unsigned int base)
{
	const char *at = cr_field(text, key);
	uint64_t n = 0;

	if (at)
		cr_scan(&at, base, &n);
	return n;
}

int cr_inner(const char *text, const char *key, unsigned int *depth)
{
	const char *at = cr_field(text, key);
	uint64_t n, last = 0;

	*depth = 0;
	while (at && cr_scan(&at, 10, &n)) {
		last = n;
		++*depth;
	}
	return (int)last;
}

int cr_proc_stat(pid_t pid, uint64_t fields[CR_STAT_FIELDS])
{
	char text[1024];
	const char *p;

	if (cr_proc_read(pid, "stat", text, sizeof(text)) < 0)
		return -1;
	p = strrchr(text, ')');
	if (!p || strlen(p) < 4)
		return -1;
	memset(fields, 0, CR_STAT_FIELDS * sizeof(*fields));
	fields[3] = (unsigned char)p[2];
	p += 3;
	for (size_t i = 4; i < CR_STAT_FIELDS && *p; i++) {
		while (*p == ' ')
			p++;
		if (*p == '-') /* a nice value, and no terminal */
			fields[i] = cr_scan((p++, &p), 10, &fields[i])
					    ? -fields[i]
					    : 0;
		else
			cr_scan(&p, 10, &fields[i]);
	}
	return 0;
}

const char *cr_proc_name(pid_t pid)
{
	static char name[32];

	if (cr_proc_read(pid, "comm", name, sizeof(name)) < 0)
		return "?";
	return name;
}

/* "55d0-55e0 r-xp 00002000 08:01 131 /bin/sh" */
static bool parse_range(const char *line, struct cr_range *r)
{
	const char *at = line;
	uint64_t major, minor;

	if (!cr_scan(&at, 16, &r->start) || *at++ != '-' ||
	    !cr_scan(&at, 16, &r->end) || strlen(at) < 6)
		return false;
	r->prot = (at[1] == 'r' ? PROT_READ : 0) |
		  (at[2] == 'w' ? PROT_WRITE : 0) |
		  (at[3] == 'x' ? PROT_EXEC : 0);
	r->shared = at[4] == 's';
	at += 5;
	if (!cr_scan(&at, 16, &r->offset) || !cr_scan(&at, 16, &major) ||
	    *at++ != ':' || !cr_scan(&at, 16, &minor) ||
	    !cr_scan(&at, 10, &r->inode))
		return false;
	r->major = (unsigned int)major;
	r->minor = (unsigned int)minor;
	r->path = at + strspn(at, " ");
	return true;
}

static void parse_value(const char *line, struct cr_range *r)
{
	if (starts_with(line, "VmFlags:"))
		snprintf(r->flags, sizeof(r->flags), "%s", line + 8);
	else if (starts_with(line, "Anonymous:"))
		r->own_kb = cr_number(line, "Anonymous", 10);
	else if (starts_with(line, "Shared_Clean:"))
		r->common_kb += cr_number(line, "Shared_Clean", 10);
	else if (starts_with(line, "Shared_Dirty:"))
		r->common_kb += cr_number(line, "Shared_Dirty", 10);
}

/* Each is a line as above and then, in smaps, lines "KEY: VALUE". */
bool cr_next_range(char **text, struct cr_range *r)
{
	bool found = false;

	r->flags[0] = '\0';
	r->own_kb = r->common_kb = 0;
	while (**text) {
		char *line = *text, *next;
		bool key = *line >= 'A' && *line <= 'Z';

		if (found && !key)
			break;
		next = split_at(line, '\n');
		*text = next ? next : line + strlen(line);
		if (!key)
			found = parse_range(line, r);
		else if (found)
			parse_value(line, r);
	}
	return found;
}

char *cr_proc_ranges(pid_t pid, bool flags)
{
	static char text[RANGES_MAX];

	return cr_proc_read(pid, flags ? "smaps" : "maps", text, sizeof(text)) <
			       0
		       ? NULL
		       : text;
}
