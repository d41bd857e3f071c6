/* seccomp.c - print the default filter as a constant table, when launch is built */
#include <inttypes.h>
#include <stdio.h>

#include "launcher/seccomp_policy.h"

static struct seccomp_policy policy;
static struct sock_filter filter[SECCOMP_FILTER_MAX];

int main(void)
{
	int count;

	seccomp_policy_default(&policy, 0, false);
	count = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	if (count < 0) {
		perror("seccomp_policy_compile");
		return 1;
	}
	printf("static const uint64_t openers = UINT64_C(%" PRIu64 ");\n"
	       "static const struct sock_filter default_filter[] = {\n",
	       seccomp_policy_openers());
	for (int i = 0; i < count; i++)
		printf("\t{ 0x%02x, %d, %d, 0x%" PRIx32 " },\n", filter[i].code,
		       filter[i].jt, filter[i].jf, filter[i].k);
	printf("};\n");
	return 0;
}
