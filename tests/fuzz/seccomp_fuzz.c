/* seccomp_fuzz.c - any bytes are a filter or refused, and a filter ends */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/report.h"
#include "launcher/seccomp_policy.h"
#include "launcher/seccomp_profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(const char *line)
{
	(void)line;
}

/* Jumps lead forward, and none behind the end. */
static void check(const struct sock_filter *filter, int count)
{
	for (int i = 0; i < count; i++) {
		const struct sock_filter *f = filter + i;

		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (i + 1 + (int)f->jt >= count ||
		    i + 1 + (int)f->jf >= count ||
		    (f->code == (BPF_JMP | BPF_JA) &&
		     f->k >= (unsigned int)(count - i - 1)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seccomp_policy policy;
	static struct sock_filter filter[SECCOMP_FILTER_MAX];
	static char text[65536];
	int count;

	if (size >= sizeof(text))
		return -1;
	memcpy(text, data, size);
	report_to(ignore);
	if (seccomp_profile_parse(&policy, "x", text, size, 0) < 0)
		return 0;
	count = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	if (count > 0)
		check(filter, count);
	return 0;
}
