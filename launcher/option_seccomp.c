/* option_seccomp.c - which filter of system calls */
#include "option.h"

#include <string.h>

#include "common/count.h"
#include "spec.h"

static const char *const modes[] = {
	[SECCOMP_DEFAULT] = "default",
	[SECCOMP_NONE] = "none",
	[SECCOMP_LOG] = "log",
};

/* What is none of these is a file; a word alone is one of these mistyped. */
static int set_seccomp(const struct option_use *use)
{
	for (size_t i = SECCOMP_DEFAULT; i < COUNT(modes); i++) {
		if (strcmp(use->value, modes[i]) != 0)
			continue;
		use->spec->seccomp = (enum seccomp_mode)i;
		return 0;
	}
	if (!strpbrk(use->value, "./"))
		return option_bad(use, "filter", use->value,
				  "default, none, log or ./FILE");
	use->spec->seccomp = SECCOMP_FILE;
	use->spec->seccomp_file = use->value;
	return 0;
}

static const char *get_seccomp(const struct option_query *q)
{
	if (q->index > 0)
		return NULL;
	return q->spec->seccomp == SECCOMP_FILE ? q->spec->seccomp_file
						: modes[q->spec->seccomp];
}

const struct option_type option_seccomp = { set_seccomp, get_seccomp };
