/* seccomp_test.c - the filter answers as the policy says, for every call */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "common/report.h"
#include "launcher/seccomp_policy.h"
#include "launcher/seccomp_profile.h"
#include "tap.h"

static struct seccomp_policy policy;
static struct sock_filter filter[SECCOMP_FILTER_MAX];
static int length;

/* As the kernel runs it, of what filters consist of. */
static uint32_t answer(const struct seccomp_data *data)
{
	uint32_t a = 0, word;

	for (int pc = 0; pc < length; pc++) {
		const struct sock_filter *f = filter + pc;
		int taken;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&word, (const char *)data + f->k, sizeof(word));
			a = word;
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JA:
			pc += (int)f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			taken = a == f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			taken = a > f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			taken = a >= f->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			taken = (a & f->k) != 0;
			break;
		default:
			return 0xdead;
		}
		pc += taken ? f->jt : f->jf;
	}
	return 0xdead; /* It ran out of the filter. */
}

static uint32_t ask(uint32_t arch, int number, uint64_t arg)
{
	struct seccomp_data data = { .nr = number, .arch = arch };

	for (int i = 0; i < 6; i++)
		data.args[i] = arg;
	return answer(&data);
}

#ifdef __x86_64__
enum { OWN = AUDIT_ARCH_X86_64, OTHER = AUDIT_ARCH_I386, MOUNT_OTHER = 21 };
#else
enum { OWN = AUDIT_ARCH_AARCH64, OTHER = AUDIT_ARCH_ARM, MOUNT_OTHER = -1 };
#endif

static int holds(const struct seccomp_condition *c, uint64_t arg)
{
	if (c->narrow)
		arg = (uint32_t)arg;
	switch (c->compare) {
	case SECCOMP_NE:
		return arg != c->value;
	case SECCOMP_LT:
		return arg < c->value;
	case SECCOMP_LE:
		return arg <= c->value;
	case SECCOMP_EQ:
		return arg == c->value;
	case SECCOMP_GE:
		return arg >= c->value;
	case SECCOMP_GT:
		return arg > c->value;
	case SECCOMP_MASKED_EQ:
		return (arg & c->mask) == c->value;
	default:
		return (arg & c->mask) != 0;
	}
}

/* Each comparison, next to and far from its value, in both halves. */
static void test_comparisons(void)
{
	static const uint64_t values[] = { 0,           1,
					   5,           0x80000000,
					   0xffffffff,  0x100000000,
					   0x500000005, 0x8000000000000000,
					   ~UINT64_C(0) };
	int wrong = 0;

	for (int compare = SECCOMP_NE; compare <= SECCOMP_ANY_BIT; compare++)
		for (size_t v = 0; v < 9; v++)
			for (size_t a = 0; a < 27; a++) {
				struct seccomp_condition c = {
					.argument = 3,
					.compare = (uint8_t)compare,
					.value = values[v],
					.mask = values[v] | 0x700000006,
				};
				uint64_t arg = values[a / 3] + a % 3 - 1;

				seccomp_policy_init(&policy, SECCOMP_RET_ALLOW);
				seccomp_policy_add(&policy, "read",
						   SECCOMP_RET_TRAP, &c, 1);
				length = seccomp_policy_compile(
					&policy, filter, SECCOMP_FILTER_MAX);
				wrong += (ask(OWN, SYS_read, arg) ==
					  SECCOMP_RET_TRAP) != holds(&c, arg);
			}
	is(wrong, 0);
}

/* Two conditions are "and", two rules are "or", the first that holds counts. */
static void test_rules(void)
{
	struct seccomp_condition both[] = {
		{ 0, SECCOMP_GE, false, 10, 0 },
		{ 1, SECCOMP_LE, false, 20, 0 },
	};
	struct seccomp_condition exact = { 2, SECCOMP_EQ, true, 30, 0 };

	seccomp_policy_init(&policy, SECCOMP_RET_ERRNO | EPERM);
	is(seccomp_policy_add(&policy, "read", SECCOMP_RET_ALLOW, both, 2), 0);
	is(seccomp_policy_add(&policy, "read", SECCOMP_RET_LOG, &exact, 1), 0);
	is(seccomp_policy_add(&policy, "nosuchcall", SECCOMP_RET_LOG, NULL, 0),
	   0);
	length = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	ok(length > 0);
	is(ask(OWN, SYS_read, 9), SECCOMP_RET_ERRNO | EPERM);
	is(ask(OWN, SYS_read, 15), SECCOMP_RET_ALLOW);
	is(ask(OWN, SYS_read, 21), SECCOMP_RET_ERRNO | EPERM);
	is(ask(OWN, SYS_read, 30), SECCOMP_RET_LOG);
	is(ask(OWN, SYS_read, 0x70000001e), SECCOMP_RET_LOG);
	is(ask(OWN, SYS_read + 1, 15), SECCOMP_RET_ERRNO | EPERM);
	is(ask(0x1234, SYS_read, 15), SECCOMP_RET_KILL_PROCESS);
	is(seccomp_policy_compile(&policy, filter, 10), -1);
	is(errno, EFBIG);
}

/* Each number has the answer of its own name, and of no neighbour. */
static void test_every_number(void)
{
	int wrong = 0;

	seccomp_policy_default(&policy, 0, false);
	length = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	ok(length < 200); /* each costs every start: decision 10 */
	ok(length > 0);
	for (int abi = 0; abi < SECCOMP_ABIS; abi++)
		for (int nr = 0; nr < SECCOMP_NUMBERS_MAX; nr++) {
			size_t rule = policy.first[abi][nr];
			uint32_t got = ask(abi ? OTHER : OWN, nr, 0);
			uint32_t want = SECCOMP_RET_ALLOW;

			if (rule && !policy.rules[rule].condition_count)
				want = policy.rules[rule].answer;
			if (got == (SECCOMP_RET_ERRNO | ENOSYS) && !rule)
				continue; /* above the last one */
			wrong += got != want;
		}
	is(wrong, 0);
	is(ask(OWN, SYS_mount, 0), SECCOMP_RET_ERRNO | EPERM);
	if (MOUNT_OTHER > 0)
		is(ask(OTHER, MOUNT_OTHER, 0), SECCOMP_RET_ERRNO | EPERM);
	is(ask(OWN, 511, 0), SECCOMP_RET_ERRNO | ENOSYS);
	is(ask(OWN, 0x40000000, 0), SECCOMP_RET_ERRNO | ENOSYS);
	is(ask(OWN, -1, 0), SECCOMP_RET_ERRNO | ENOSYS);
	seccomp_policy_default(&policy, UINT64_C(1) << 21, false);
	length = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	is(ask(OWN, SYS_mount, 0), SECCOMP_RET_ALLOW);
}

enum { CALLS = 8, RULES = 240 };

/* Long jumps: each call with a condition of its own. */
static void test_long(void)
{
	static const char *const calls[CALLS] = { "read", "open",
						  "stat", "lseek",
						  "brk",  "ioctl",
						  "pipe", "sched_yield" };
	int wrong = 0;

	seccomp_policy_init(&policy, SECCOMP_RET_ALLOW);
	for (uint64_t i = 0; i < RULES; i++) {
		struct seccomp_condition c = { 0, SECCOMP_EQ, false, i, 0 };

		seccomp_policy_add(&policy, calls[i % CALLS],
				   SECCOMP_RET_ERRNO | (uint32_t)(i % 8 + 1),
				   &c, 1);
	}
	length = seccomp_policy_compile(&policy, filter, SECCOMP_FILTER_MAX);
	ok(length > 1500);
	for (uint64_t i = 0; i < RULES; i++)
		wrong += ask(OWN, SYS_read, i) !=
			 (i % 8 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | 1U);
	is(wrong, 0);
}

static char said[256];

static void hear(const char *line)
{
	strncat(said, line, sizeof(said) - 1 - strlen(said));
}

/* Read a profile for one that keeps these capabilities. */
static int profile(const char *text, uint64_t caps)
{
	static char copy[8192];
	int result;

	said[0] = '\0';
	report_to(hear);
	snprintf(copy, sizeof(copy), "%s", text);
	result = seccomp_profile_parse(&policy, "p", copy, strlen(copy), caps);
	report_to(NULL);
	if (result == 0)
		length = seccomp_policy_compile(&policy, filter,
						SECCOMP_FILTER_MAX);
	return result;
}

#define ALLOW "\"action\": \"SCMP_ACT_ALLOW\""
#define DENY  "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 13, "

/* What docker makes of it: names, conditions, and who a rule is meant for. */
static void test_profile(void)
{
	enum { ADMIN = 21 };

	is(profile(DENY
		   "\"syscalls\": ["
		   "{\"names\": [\"read\", \"nosuchcall\"], " ALLOW "},"
		   "{\"names\": [\"mount\"], " ALLOW
		   ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}},"
		   "{\"names\": [\"clone\"], " ALLOW
		   ", \"args\": [{\"index\": 0, \"value\": 4026531840, "
		   "\"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}],"
		   " \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}},"
		   "{\"names\": [\"lseek\"], " ALLOW
		   ", \"includes\": {\"minKernel\": \"3.0\"}},"
		   "{\"names\": [\"brk\"], " ALLOW
		   ", \"includes\": {\"minKernel\": \"99.0\"}},"
		   "{\"names\": [\"ioctl\"], " ALLOW
		   ", \"includes\": {\"arches\": [\"s390x\"]}},"
		   "{\"name\": \"close\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7}"
		   "]}",
		   0),
	   0);
	is(ask(OWN, SYS_read, 0), SECCOMP_RET_ALLOW);
	is(ask(OWN, SYS_write, 0), SECCOMP_RET_ERRNO | EACCES);
	is(ask(OWN, SYS_mount, 0), SECCOMP_RET_ERRNO | ENOSYS);
	is(ask(OWN, SYS_clone, 0x100), SECCOMP_RET_ALLOW);
	is(ask(OWN, SYS_clone, 0x10000000), SECCOMP_RET_ERRNO | EACCES);
	is(ask(OWN, SYS_lseek, 0), SECCOMP_RET_ALLOW);
	is(ask(OWN, SYS_brk, 0), SECCOMP_RET_ERRNO | EACCES);
	is(ask(OWN, SYS_ioctl, 0), SECCOMP_RET_ERRNO | EACCES);
	is(ask(OWN, SYS_close, 0), SECCOMP_RET_ERRNO | 7);
	/* Younger than all that it names, and of programs that it does not. */
	is(ask(OWN, SYS_clone3, 0), SECCOMP_RET_ERRNO | ENOSYS);
	is(ask(OTHER, 3, 0), SECCOMP_RET_KILL_PROCESS);

	is(profile(DENY "\"syscalls\": [{\"names\": [\"mount\"], " ALLOW
			", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}]}",
		   1U << ADMIN),
	   0);
	is(ask(OWN, SYS_mount, 0), SECCOMP_RET_ALLOW);
}

static void test_profile_kinds(void)
{
	/* Two conditions on one argument are alternatives. */
	is(profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": "
		   "[\"SCMP_ARCH_X86\", \"SCMP_ARCH_ARM\"], \"syscalls\": ["
		   "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL_PROCESS\", \"args\": ["
		   "{\"index\": 1, \"value\": 5, \"op\": \"SCMP_CMP_EQ\"},"
		   "{\"index\": 1, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]}]}",
		   0),
	   0);
	is(ask(OWN, SYS_read, 5), SECCOMP_RET_KILL_PROCESS);
	is(ask(OWN, SYS_read, 7), SECCOMP_RET_KILL_PROCESS);
	is(ask(OWN, SYS_read, 6), SECCOMP_RET_ALLOW);
	is(ask(OTHER, 5, 0), SECCOMP_RET_ALLOW);
	is(ask(OWN, 9999, 0), SECCOMP_RET_ALLOW);
}

static void refuses(const char *text, const char *why)
{
	is(profile(text, 0), -1);
	ok(strstr(said, why) != NULL);
	ok(strstr(said, "cannot use the filter 'p': ") == said);
}

static void test_bad_profiles(void)
{
	refuses("", "it is no JSON");
	refuses("[1, 2", "it is no JSON");
	refuses("hello", "it is no JSON");
	refuses("{}", "defaultAction '' is not known");
	refuses("[]", "defaultAction '' is not known");
	refuses("{\"defaultAction\": 5}", "defaultAction '' is not known");
	refuses("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}",
		"defaultAction 'SCMP_ACT_NOTIFY' is not known");
	refuses("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 70000}",
		"defaultErrnoRet '' is not known");
	refuses("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}",
		"syscalls is no list");
	refuses(DENY
		"\"syscalls\": [{\"names\": [\"read\"], \"args\": {}, " ALLOW
		"}]}",
		"args is no list");
	refuses(DENY "\"syscalls\": [{\"names\": \"read\", " ALLOW "}]}",
		"names is no list");
	refuses(DENY "\"syscalls\": [{" ALLOW "}]}", "names '' is not known");
	refuses(DENY "\"syscalls\": [{\"names\": [\"read\"]}]}",
		"action '' is not known");
	refuses(DENY
		"\"syscalls\": [{\"names\": [\"read\"], " ALLOW
		", \"args\": [{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}]}",
		"index '' is not known");
	refuses(DENY
		"\"syscalls\": [{\"names\": [\"read\"], " ALLOW
		", \"args\": [{\"index\": 1, \"value\": 1, \"op\": \"LIKE\"}]}]}",
		"op 'LIKE' is not known");
}

int main(void)
{
	test_profile();
	test_profile_kinds();
	test_bad_profiles();
	test_comparisons();
	test_rules();
	test_every_number();
	test_long();
	return done();
}
