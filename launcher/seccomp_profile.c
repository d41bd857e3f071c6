/* seccomp_profile.c - a filter of system calls from a file */
#include "seccomp_profile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>

#include <linux/seccomp.h>

#include "common/capability.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/json_read.h"
#include "common/report.h"
#include "common/text.h"
#include "seccomp_policy.h"

enum { TEXT_MAX = 256 * 1024 };

/* What is being read, and for whom. */
struct profile {
	struct json_doc *doc;
	struct seccomp_policy *policy;
	const char *path;
	uint64_t caps;
	uint64_t error; /* errno of a rule without one */
};

/* As the profiles call this machine: libseccomp, and Go. */
#if defined(__x86_64__)
static const char *const machine[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86" };
static const char machine_of_go[] = "amd64";
#elif defined(__aarch64__)
static const char *const machine[] = { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" };
static const char machine_of_go[] = "arm64";
#endif

static const struct word {
	const char *name;
	uint32_t value;
} actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
};

static const struct word comparisons[] = {
	{ "SCMP_CMP_EQ", SECCOMP_EQ },
	{ "SCMP_CMP_GE", SECCOMP_GE },
	{ "SCMP_CMP_GT", SECCOMP_GT },
	{ "SCMP_CMP_LE", SECCOMP_LE },
	{ "SCMP_CMP_LT", SECCOMP_LT },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ },
	{ "SCMP_CMP_NE", SECCOMP_NE },
};

static int bad(const struct profile *f, const char *key, const char *value)
{
	return failx(
		"cannot use the filter '%s': %s '%s' is not known (--seccomp)",
		f->path, key, value ? value : "");
}

static int read_word(const struct profile *f, int object, const char *key,
		     const struct word *words, size_t count, uint32_t *value)
{
	const char *text =
		json_string(f->doc, json_member(f->doc, object, key));

	for (size_t i = 0; text && i < count; i++)
		if (strcmp(words[i].name, text) == 0) {
			*value = words[i].value;
			return 0;
		}
	return bad(f, key, text);
}

/* An action; those with an errno take it from errno_key, or the default. */
static int read_action(const struct profile *f, int object, const char *key,
		       const char *errno_key, uint32_t *answer)
{
	uint64_t number = f->error;
	int given = json_member(f->doc, object, errno_key);

	if (read_word(f, object, key, actions, COUNT(actions), answer) < 0)
		return -1;
	if (given >= 0 &&
	    json_uint(f->doc, given, SECCOMP_RET_DATA, &number) < 0)
		return bad(f, errno_key, NULL);
	if (*answer == SECCOMP_RET_ERRNO || *answer == SECCOMP_RET_TRACE)
		*answer |= (uint32_t)number;
	return 0;
}

/* The list of that name, or -1: there is none; refuses what is no list. */
static int find_list(const struct profile *f, int object, const char *key,
		     int *list)
{
	*list = json_member(f->doc, object, key);
	if (!json_is_null(f->doc, *list) && !json_is_list(f->doc, *list))
		return failx(
			"cannot use the filter '%s': %s is no list (--seccomp)",
			f->path, key);
	return 0;
}

static bool lists(const struct profile *f, int array, const char *word)
{
	for (int i = json_first(f->doc, array); i >= 0;
	     i = json_next(f->doc, array, i)) {
		const char *text = json_string(f->doc, i);

		if (text && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

/* How many of these the container keeps; *all is how many there are. */
static int count_caps(const struct profile *f, int array, int *all)
{
	int count = 0;

	*all = 0;
	for (int i = json_first(f->doc, array); i >= 0;
	     i = json_next(f->doc, array, i)) {
		const char *name = json_string(f->doc, i);
		int cap = name ? capability_number(name) : -1;

		(*all)++;
		count += cap >= 0 && f->caps >> cap & 1;
	}
	return count;
}

/* "4.8": this kernel is as young. */
static bool has_kernel(const char *wanted)
{
	uint64_t want[2] = { 0, 0 }, have[2] = { 0, 0 };
	char text[2][32];
	struct utsname uts;
	char *minor;

	if (uname(&uts) < 0 || copy_text(text[0], sizeof(text[0]), wanted) < 0)
		return true;
	uts.release[strspn(uts.release, "0123456789.")] = '\0';
	if (copy_text(text[1], sizeof(text[1]), uts.release) < 0)
		return true;
	for (int i = 0; i < 2; i++) {
		uint64_t *version = i ? have : want;

		minor = split_at(text[i], '.');
		if (minor)
			minor[strcspn(minor, ".")] = '\0';
		if (parse_uint(text[i], INT_MAX, version) < 0 ||
		    (minor && parse_uint(minor, INT_MAX, version + 1) < 0))
			return true;
	}
	return have[0] > want[0] || (have[0] == want[0] && have[1] >= want[1]);
}

/* All that includes names must be there, and nothing that excludes does. */
static bool is_meant(const struct profile *f, int rule)
{
	struct json_doc *d = f->doc;
	int with = json_member(d, rule, "includes");
	int without = json_member(d, rule, "excludes");
	int archs = json_member(d, with, "arches"), all;
	const char *kernel = json_string(d, json_member(d, with, "minKernel"));

	if (json_first(d, archs) >= 0 && !lists(f, archs, machine_of_go))
		return false;
	if (count_caps(f, json_member(d, with, "caps"), &all) < all)
		return false;
	if (kernel && !has_kernel(kernel))
		return false;
	kernel = json_string(d, json_member(d, without, "minKernel"));
	return !lists(f, json_member(d, without, "arches"), machine_of_go) &&
	       count_caps(f, json_member(d, without, "caps"), &all) == 0 &&
	       !(kernel && has_kernel(kernel));
}

static int read_condition(const struct profile *f, int object,
			  struct seccomp_condition *c)
{
	struct json_doc *d = f->doc;
	uint64_t index, first = 0, second = 0;
	int more = json_member(d, object, "valueTwo");
	uint32_t compare = 0;

	if (json_uint(d, json_member(d, object, "index"), 5, &index) < 0)
		return bad(f, "index", NULL);
	if (json_uint(d, json_member(d, object, "value"), UINT64_MAX, &first) <
		    0 ||
	    (more >= 0 && json_uint(d, more, UINT64_MAX, &second) < 0))
		return bad(f, "value", NULL);
	if (read_word(f, object, "op", comparisons, COUNT(comparisons),
		      &compare) < 0)
		return -1;
	*c = (struct seccomp_condition){ .argument = (uint8_t)index,
					 .compare = (uint8_t)compare,
					 .value = first };
	/* The first is the mask there, and the second what has to be left. */
	if (compare == SECCOMP_MASKED_EQ) {
		c->mask = first;
		c->value = second;
	}
	return 0;
}

/* The conditions of a rule; returns their number. */
static int read_conditions(const struct profile *f, int rule,
			   struct seccomp_condition *conditions)
{
	int array, count = 0;

	if (find_list(f, rule, "args", &array) < 0)
		return -1;
	for (int i = json_first(f->doc, array); i >= 0;
	     i = json_next(f->doc, array, i)) {
		if (count == SECCOMP_CONDITIONS_MAX)
			return failx(
				"cannot use the filter '%s': a rule has more than %d args (--seccomp)",
				f->path, count);
		if (read_condition(f, i, conditions + count++) < 0)
			return -1;
	}
	return count;
}

/* Two conditions on one argument: either is enough, as runc has it. */
static bool are_alternatives(const struct seccomp_condition *c, int count)
{
	unsigned int seen = 0;

	for (int i = 0; i < count; i++) {
		if (seen >> c[i].argument & 1)
			return true;
		seen |= 1U << c[i].argument;
	}
	return false;
}

static int add_call(const struct profile *f, const char *call, uint32_t answer,
		    const struct seccomp_condition *c, int count)
{
	int step = are_alternatives(c, count) ? 1 : count, at = 0;

	do {
		if (seccomp_policy_add(f->policy, call, answer, c + at,
				       (size_t)step) < 0)
			return fail(
				"cannot use the filter '%s': too many rules (--seccomp)",
				f->path);
		at += step;
	} while (at < count);
	return 0;
}

static int read_rule(const struct profile *f, int rule)
{
	struct seccomp_condition conditions[SECCOMP_CONDITIONS_MAX] = { { 0 } };
	int names, count;
	/* As it was before there were several. */
	int name = json_member(f->doc, rule, "name");
	uint32_t answer = 0;

	if (find_list(f, rule, "names", &names) < 0)
		return -1;
	if (!is_meant(f, rule))
		return 0;
	if (json_first(f->doc, names) < 0 && !json_string(f->doc, name))
		return bad(f, "names", NULL);
	if (read_action(f, rule, "action", "errnoRet", &answer) < 0)
		return -1;
	count = read_conditions(f, rule, conditions);
	if (count < 0)
		return -1;
	if (json_string(f->doc, name) &&
	    add_call(f, json_string(f->doc, name), answer, conditions, count) <
		    0)
		return -1;
	for (int i = json_first(f->doc, names); i >= 0;
	     i = json_next(f->doc, names, i)) {
		const char *call = json_string(f->doc, i);

		if (!call)
			return bad(f, "names", NULL);
		if (add_call(f, call, answer, conditions, count) < 0)
			return -1;
	}
	return 0;
}

/* Programs of which kinds there may be: our own always. */
static void read_architectures(const struct profile *f)
{
	struct json_doc *d = f->doc;
	int list = json_member(d, 0, "architectures");
	int map = json_member(d, 0, "archMap");

	f->policy->abis[1] = lists(f, list, machine[1]);
	for (int i = json_first(d, map); i >= 0; i = json_next(d, map, i)) {
		const char *name =
			json_string(d, json_member(d, i, "architecture"));

		if (name && strcmp(name, machine[0]) == 0)
			f->policy->abis[1] =
				lists(f, json_member(d, i, "subArchitectures"),
				      machine[1]);
	}
}

int seccomp_profile_parse(struct seccomp_policy *p, const char *path,
			  char *text, size_t length, uint64_t caps)
{
	static struct json_doc doc; /* large */
	struct profile f = { &doc, p, path, caps, EPERM };
	uint32_t otherwise = 0;
	int rules;

	if (json_parse(&doc, text, length) < 0)
		return failx(
			"cannot use the filter '%s': it is no JSON (--seccomp)",
			path);
	if (read_action(&f, 0, "defaultAction", "defaultErrnoRet", &otherwise) <
	    0)
		return -1;
	seccomp_policy_init(p, otherwise);
	read_architectures(&f);
	if (find_list(&f, 0, "syscalls", &rules) < 0)
		return -1;
	for (int i = json_first(&doc, rules); i >= 0;
	     i = json_next(&doc, rules, i))
		if (read_rule(&f, i) < 0)
			return -1;
	/* Who lists what may be done has not heard of what came later. */
	if (otherwise == SECCOMP_RET_ALLOW || otherwise == SECCOMP_RET_LOG)
		p->unknown = otherwise;
	else
		p->ends_with_rules = true;
	return 0;
}

int seccomp_profile_read(struct seccomp_policy *p, const char *path,
			 uint64_t caps)
{
	static char text[TEXT_MAX + 1];
	/* A fifo would wait for a writer. */
	autofd int file =
		openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length = file < 0 ? -1 : read_all(file, text, sizeof(text));

	if (length < 0)
		return fail("cannot read the filter '%s' (--seccomp)", path);
	if (length > TEXT_MAX)
		return failx(
			"cannot read the filter '%s': it is larger than %d KiB (--seccomp)",
			path, TEXT_MAX / 1024);
	return seccomp_profile_parse(p, path, text, (size_t)length, caps);
}
