/* option_lists.c - options that may be given several times */
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/text.h"
#include "devfilter.h"
#include "spec.h"

/* NAME=VALUE, or NAME with the caller's value, if it has one. */
static const char *env_pair(const char *value)
{
	size_t len = strcspn(value, "=");

	if (value[len])
		return value;
	for (char **e = environ; *e; e++)
		if (strncmp(*e, value, len) == 0 && (*e)[len] == '=')
			return *e;
	return NULL;
}

static int set_env(const struct option_use *use)
{
	const char *pair;

	if (!*use->value || *use->value == '=')
		return option_bad(use, "variable", use->value,
				  "NAME=VALUE or NAME");
	pair = env_pair(use->value);
	if (pair && spec_put_env(use->spec, pair) < 0)
		return option_bad(use, "variable", use->value, "too many");
	return 0;
}

static const char *get_env(const struct option_query *q)
{
	return q->index < q->spec->env_count ? q->spec->env[q->index] : NULL;
}

const struct option_type option_env = { set_env, get_env };

static int set_arg(const struct option_use *use)
{
	struct spec *spec = use->spec;

	if (spec->config_argc == SPEC_ARGS_MAX)
		return option_bad(use, "word", use->value, "too many");
	spec->config_argv[spec->config_argc++] = use->value;
	spec->config_argv[spec->config_argc] = NULL;
	return 0;
}

static const char *get_arg(const struct option_query *q)
{
	return (q->spec->argv ? q->spec->argv : q->spec->config_argv)[q->index];
}

const struct option_type option_arg = { set_arg, get_arg };

/* [v1:|v2:]FILE=VALUE */
static int set_cgroup_file(const struct option_use *use)
{
	const char *file = use->value, *value = split_at(use->value, '=');
	int version = 0;

	if (starts_with(file, "v1:") || starts_with(file, "v2:")) {
		version = file[1] - '0';
		file += 3;
	}
	if (!value)
		return option_bad(use, "cgroup file", use->value, "FILE=VALUE");
	if (spec_add_cgroup_file(use->spec, version, file, value) < 0)
		return option_bad(use, "cgroup file", file,
				  errno == ENOSPC ? "too many" : NULL);
	return 0;
}

static const char *get_cgroup_file(const struct option_query *q)
{
	static const char *const versions[] = { "", "v1:", "v2:" };
	const struct cgroup_file *f = &q->spec->cgroup.files[q->index];

	if (q->index >= q->spec->cgroup.file_count)
		return NULL;
	snprintf(q->buf, OPTION_TEXT_MAX, "%s%s=%s", versions[f->version],
		 f->file, f->value);
	return q->buf;
}

const struct option_type option_cgroup_file = { set_cgroup_file,
						get_cgroup_file };

/* SRC[:DST][:ACCESS]; what begins with a slash is a path. */
static int set_device(const struct option_use *use)
{
	struct spec *spec = use->spec;
	struct device_spec d = { .source = use->value };
	char *rest = split_at(use->value, ':');

	d.target = rest && *rest == '/' ? rest : d.source;
	if (rest && *rest == '/')
		rest = split_at(rest, ':');
	d.access = rest ? device_access(rest) : DEVICE_ALL;
	if (*d.source != '/' || !d.access)
		return option_bad(use, "device", d.access ? d.source : rest,
				  "SRC[:DST][:rwm], both paths");
	if (!starts_with(d.target, "/dev/"))
		return option_bad(use, "target", d.target,
				  "it must start with /dev/");
	if (strpbrk(d.target, "\n") || strlen(d.target) > SPEC_PATH_MAX ||
	    strlen(d.source) > SPEC_PATH_MAX)
		return option_bad(use, "target", d.target, "too long");
	if (spec->device_count == COUNT(spec->devices))
		return option_bad(use, "device", d.source, "too many");
	spec->devices[spec->device_count++] = d;
	return 0;
}

static const char *get_device(const struct option_query *q)
{
	const struct device_spec *d = q->spec->devices + q->index;
	char access[4];

	if (q->index >= q->spec->device_count)
		return NULL;
	device_access_format(d->access, access);
	snprintf(q->buf, OPTION_TEXT_MAX, "%s:%s:%s", d->source, d->target,
		 access);
	return q->buf;
}

const struct option_type option_device = { set_device, get_device };

/* Said again as a file of the cgroup. */
static int set_device_rule(const struct option_use *use)
{
	struct device_rule rule;

	if (device_rule_parse(&rule, use->value) < 0)
		return option_bad(use, "device rule", use->value,
				  "such as \"c 1:3 rwm\"");
	if (spec_add_cgroup_file(use->spec, 0, "devices.allow", use->value) < 0)
		return option_bad(use, "device rule", use->value, "too many");
	return 0;
}

const struct option_type option_device_rule = { set_device_rule,
						option_get_nothing };
