/* option_life.c - options about how a container ends, and is watched */
#include "option.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "spec.h"

static int set_signal(const struct option_use *use)
{
	int number = signal_number(use->value);

	if (number == 0)
		return option_bad(use, "signal", use->value, "such as TERM");
	*(int *)use->field = number;
	return 0;
}

static const char *get_signal(const struct option_query *q)
{
	int number = *(const int *)q->field;

	return q->index == 0 && number ? signal_name(number) : NULL;
}

const struct option_type option_signal = { set_signal, get_signal };

static int set_duration(const struct option_use *use)
{
	int64_t ms = 0;

	if (parse_duration(use->value, &ms) < 0 || ms > INT_MAX)
		return option_bad(use, "time", use->value, "such as 10 or 1m");
	/* 0 is "not asked for"; for whom it matters, this is as short. */
	*(int64_t *)use->field = ms ? ms : 1;
	return 0;
}

static const char *get_duration(const struct option_query *q)
{
	int64_t ms = *(const int64_t *)q->field;

	if (q->index > 0 || ms == 0)
		return NULL;
	snprintf(q->buf, OPTION_TEXT_MAX, "%" PRId64 "ms", ms);
	return q->buf;
}

const struct option_type option_duration = { set_duration, get_duration };
const struct option_type option_run_duration = { set_duration, NULL };

static const char *const policies[] = {
	[RESTART_REBOOT] = "reboot",
	[RESTART_NO] = "no",
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_ALWAYS] = "always",
};

/* "always", "on-failure:3" */
static int set_restart(const struct option_use *use)
{
	char *tries = split_at(use->value, ':');
	uint64_t max = 0;

	for (int i = RESTART_REBOOT; i <= RESTART_ALWAYS; i++) {
		if (strcmp(use->value, policies[i]) != 0)
			continue;
		if (tries && (i != RESTART_ON_FAILURE ||
			      parse_uint(tries, INT_MAX, &max) < 0 || !max))
			return option_bad(use, "number of restarts", tries,
					  "as in on-failure:3");
		use->spec->restart = i;
		use->spec->restart_max = (unsigned int)max;
		return 0;
	}
	return option_bad(use, "policy", use->value,
			  "reboot, no, on-failure[:NUMBER] or always");
}

static const char *get_restart(const struct option_query *q)
{
	const struct spec *spec = q->spec;

	if (q->index > 0 || spec->restart == RESTART_REBOOT)
		return NULL;
	if (!spec->restart_max)
		return policies[spec->restart];
	snprintf(q->buf, OPTION_TEXT_MAX, "on-failure:%u", spec->restart_max);
	return q->buf;
}

const struct option_type option_restart = { set_restart, get_restart };

static int set_fd(const struct option_use *use)
{
	uint64_t fd;

	if (parse_uint(use->value, INT_MAX, &fd) < 0 || fd == 0 ||
	    fcntl((int)fd, F_GETFD) < 0)
		return option_bad(use, "descriptor", use->value,
				  "it has to be open, and not 0");
	*(int *)use->field = (int)fd;
	return 0;
}

const struct option_type option_fd = { set_fd, NULL };

static void report_as_json(const char *line)
{
	struct json j;

	json_begin(&j, 2);
	json_object(&j, NULL);
	json_text(&j, "error", line);
	json_close(&j);
	json_end(&j);
}

static int set_json_errors(const struct option_use *use)
{
	if (use->value)
		return option_bad(use, "value", use->value, "it takes none");
	report_default(report_as_json);
	return 0;
}

const struct option_type option_json_errors = { set_json_errors, NULL };
