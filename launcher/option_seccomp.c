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

static int set_seccomp(const struct option_use *use)
{
	for (size_t i = SECCOMP_DEFAULT; i < COUNT(modes); i++) {
		if (strcmp(use->value, modes[i]) != 0)
			continue;
		use->spec->seccomp = (enum seccomp_mode)i;
		return 0;
	}
	return option_bad(use, "filter", use->value, "default, none or log");
}

static const char *get_seccomp(const struct option_query *q)
{
	return q->index == 0 ? modes[q->spec->seccomp] : NULL;
}

const struct option_type option_seccomp = { set_seccomp, get_seccomp };
