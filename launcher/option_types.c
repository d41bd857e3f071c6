/* option_types.c - texts, numbers and switches of the option table */
#include "option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/count.h"
#include "common/text.h"
#include "spec.h"

/* Fields that hold one text. */

static const char *get_text(const struct option_query *q)
{
	return q->index == 0 ? *(const char *const *)q->field : NULL;
}

static int set_text(const struct option_use *use)
{
	*(const char **)use->field = use->value;
	return 0;
}

static int set_path(const struct option_use *use)
{
	if (!*use->value)
		return option_bad(use, "path", use->value, NULL);
	return set_text(use);
}

const struct option_type option_path = { set_path, get_text };

static int set_absolute(const struct option_use *use)
{
	if (*use->value != '/')
		return option_bad(use, "directory", use->value,
				  "it must start with /");
	return set_text(use);
}

const struct option_type option_absolute = { set_absolute, get_text };

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Letters, digits and "_.-", the first a letter or digit. */
static bool is_name(const char *text, size_t max)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!is_letter_or_digit(text[i]) &&
		    (i == 0 || !strchr("_.-", text[i])))
			return false;
	return i > 0 && i <= max;
}

bool option_is_name(const char *text)
{
	return is_name(text, SPEC_NAME_MAX);
}

static int set_name(const struct option_use *use)
{
	if (!option_is_name(use->value))
		return option_bad(use, "name", use->value,
				  "up to 63 of A-Z a-z 0-9 _ . -");
	return set_text(use);
}

const struct option_type option_name = { set_name, get_text };

static int set_hostname(const struct option_use *use)
{
	enum { UTS_MAX = 64 };

	if (!is_name(use->value, UTS_MAX))
		return option_bad(use, "hostname", use->value,
				  "up to 64 of A-Z a-z 0-9 _ . -");
	return set_text(use);
}

const struct option_type option_hostname = { set_hostname, get_text };

/* A name as passwd(5) may have it, or a number other than (uid_t)-1. */
static bool is_account(const char *text, size_t len)
{
	char number[16];
	uint64_t id;

	if (len == 0 || strchr("-+", text[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || strchr("/:,", text[i]))
			return false;
	if (strspn(text, "0123456789") < len)
		return true;
	return format(number, sizeof(number), "%.*s", (int)len, text) == 0 &&
	       parse_uint(number, UINT32_MAX - 1, &id) == 0;
}

static int set_user(const struct option_use *use)
{
	size_t len = strcspn(use->value, ":");
	const char *group = use->value + len;

	if (!is_account(use->value, len) ||
	    (*group && !is_account(group + 1, strlen(group + 1))))
		return option_bad(use, "user", use->value,
				  "NAME or UID, [:GROUP or GID]");
	return set_text(use);
}

const struct option_type option_user = { set_user, get_text };

static int set_cpu_list(const struct option_use *use)
{
	if (parse_cpu_list(use->value) < 0)
		return option_bad(use, "list", use->value, "such as 0-3,7");
	return set_text(use);
}

const struct option_type option_cpu_list = { set_cpu_list, get_text };

/* Fields that hold one number; 0 is "not asked for" and refused. */

static int set_number(const struct option_use *use, const char *what,
		      int parsed, uint64_t number, const char *example)
{
	if (parsed < 0)
		return option_bad(use, what, use->value,
				  errno == ERANGE ? "too large" : example);
	if (number == 0)
		return option_bad(use, what, use->value, "too small");
	*(uint64_t *)use->field = number;
	return 0;
}

static const char *get_number(const struct option_query *q)
{
	uint64_t number = *(const uint64_t *)q->field;

	if (q->index > 0 || number == 0)
		return NULL;
	snprintf(q->buf, OPTION_TEXT_MAX, "%" PRIu64, number);
	return q->buf;
}

static int set_size(const struct option_use *use)
{
	/* With less, the start itself is killed; and as the child shares the
	 * launcher's memory until exec, the launcher with it. */
	enum { LEAST = 512 * 1024 };
	uint64_t bytes = 0;
	int parsed = parse_size(use->value, &bytes);

	if (parsed == 0 && bytes < LEAST)
		bytes = 0;
	return set_number(use, "size", parsed, bytes, "such as 512M");
}

/* In the largest unit that it is a multiple of. */
static const char *get_size(const struct option_query *q)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	uint64_t number = *(const uint64_t *)q->field;
	size_t unit = 0;

	if (!get_number(q))
		return NULL;
	for (; unit + 1 < COUNT(units) && number % 1024 == 0; unit++)
		number /= 1024;
	snprintf(q->buf, OPTION_TEXT_MAX, "%" PRIu64 "%s", number, units[unit]);
	return q->buf;
}

const struct option_type option_size = { set_size, get_size };

/* A size, or docker's -1 for no limit. */
static int set_swap(const struct option_use *use)
{
	if (strcmp(use->value, "-1") == 0)
		return set_number(use, "size", 0, UINT64_MAX, NULL);
	return set_size(use);
}

static const char *get_swap(const struct option_query *q)
{
	if (q->index == 0 && q->spec->cgroup.memory_swap == UINT64_MAX)
		return "-1";
	return get_size(q);
}

const struct option_type option_swap = { set_swap, get_swap };

static int set_pids(const struct option_use *use)
{
	enum { PIDS_MAX = 4194304 }; /* the kernel's PID_MAX_LIMIT */
	uint64_t pids = 0;
	int parsed = parse_uint(use->value, PIDS_MAX, &pids);

	return set_number(use, "number", parsed, pids, "such as 100");
}

const struct option_type option_pids = { set_pids, get_number };

static int set_cpus(const struct option_use *use)
{
	enum { CPUS_MAX = 1000000 };
	uint64_t milli = 0;
	int parsed = parse_milli(use->value, &milli);

	if (parsed == 0 && milli > (uint64_t)CPUS_MAX * 1000) {
		errno = ERANGE;
		parsed = -1;
	}
	return set_number(use, "number", parsed, milli, "such as 1.5");
}

static const char *get_cpus(const struct option_query *q)
{
	uint64_t milli = *(const uint64_t *)q->field;
	int len;

	if (q->index > 0 || milli == 0)
		return NULL;
	len = snprintf(q->buf, OPTION_TEXT_MAX, "%" PRIu64 ".%03u",
		       milli / 1000, (unsigned int)(milli % 1000));
	while (q->buf[len - 1] == '0')
		q->buf[--len] = '\0';
	if (q->buf[len - 1] == '.')
		q->buf[len - 1] = '\0';
	return q->buf;
}

const struct option_type option_cpus = { set_cpus, get_cpus };

/* Switches. */

/* 1, 0, or -1 and reported.  Without a value the switch is on. */
static int parse_switch(const struct option_use *use)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "0", "1" },
		{ "off", "on" },
	};

	if (!use->value)
		return 1;
	for (size_t i = 0; i < COUNT(words); i++)
		for (int on = 0; on < 2; on++)
			if (strcmp(use->value, words[i][on]) == 0)
				return on;
	return option_bad(use, "value", use->value, "yes or no");
}

static int set_flag(const struct option_use *use)
{
	int on = parse_switch(use);

	if (on < 0)
		return -1;
	*(bool *)use->field = on;
	return 0;
}

static const char *get_flag(const struct option_query *q)
{
	return q->index == 0 && *(const bool *)q->field ? "yes" : NULL;
}

const struct option_type option_flag = { set_flag, get_flag };
const struct option_type option_this_run = { set_flag, NULL };

static int set_nothing(const struct option_use *use)
{
	return parse_switch(use) < 0 ? -1 : 0;
}

const struct option_type option_nothing = { set_nothing, option_get_nothing };

/* --tty has bits 1, --no-tty 0. */
static int set_tty(const struct option_use *use)
{
	int on = parse_switch(use);

	if (on < 0)
		return -1;
	use->spec->tty = on == (int)use->def->bits ? TTY_YES : TTY_NO;
	return 0;
}

static const char *get_tty(const struct option_query *q)
{
	if (q->index > 0 || q->spec->tty == TTY_AUTO || !q->def->bits)
		return NULL;
	return q->spec->tty == TTY_YES ? "yes" : "no";
}

const struct option_type option_tty = { set_tty, get_tty };

/* "host" or "private"; bits is the namespace. */
static int set_host_namespace(const struct option_use *use)
{
	uint64_t *shared = use->field;

	if (strcmp(use->value, "host") == 0)
		*shared |= use->def->bits;
	else if (strcmp(use->value, "private") == 0)
		*shared &= ~use->def->bits;
	else
		return option_bad(use, "value", use->value, "host or private");
	return 0;
}

static const char *get_host_namespace(const struct option_query *q)
{
	return q->index == 0 && q->spec->shared_namespaces & q->def->bits
		       ? "host"
		       : NULL;
}

const struct option_type option_host_namespace = { set_host_namespace,
						   get_host_namespace };
