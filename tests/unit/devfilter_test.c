/* devfilter_test.c - rules for devices: read, asked, and as the kernel obeys them */
#include <fcntl.h>
#include <mntent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/count.h"
#include "common/io.h"
#include "common/text.h"
#include "launcher/devfilter.h"
#include "launcher/spec.h"
#include "tap.h"
#include "try.h"

static struct devfilter filter;

static void test_texts(void)
{
	static const struct {
		const char *text, *again;
	} rules[] = {
		{ "a", "a" },
		{ "a *:* rwm", "a" },
		{ "c 1:3 rwm", "c 1:3 mrw" },
		{ "b *:7 wr", "b *:7 rw" },
		{ "c 2147483647:* m", "c 2147483647:* m" },
		{ "c 2147483648:* m", NULL },
		{ "c 1:3", NULL },
		{ "c 1 r", NULL },
		{ "c 1:3 ", NULL },
		{ "c 1:3 x", NULL },
		{ "c :3 r", NULL },
		{ "c -1:3 r", NULL },
		{ "cc 1:3 r", NULL },
		{ "d 1:3 r", NULL },
		{ "", NULL },
		{ "c 1:3 rwmrwmrwmrwmrwmrwmrwmrwmrwmrwmrwmrwmrwmrwm", NULL },
	};

	for (size_t i = 0; i < COUNT(rules); i++) {
		struct device_rule rule = { 0 };
		char text[48] = "";

		if (device_rule_parse(&rule, rules[i].text) == 0)
			device_rule_format(&rule, text);
		is_str(text, rules[i].again ? rules[i].again : "");
	}
}

/* "+c 1:3 r;-a": what is allowed and denied, in order. */
static void fill(const char *list)
{
	char text[256], *rest = text;
	const char *word;

	filter.count = 0;
	(void)copy_text(text, sizeof(text), list);
	while ((word = strsep(&rest, ";"))) {
		struct device_rule rule = { .allow = *word == '+' };

		if (*word && device_rule_parse(&rule, word + 1) == 0)
			devfilter_add(&filter, &rule);
	}
}

static const char *const lists[] = {
	"",
	"-a",
	"-a;+c 1:3 rwm",
	"-a;+c 1:3 r;+c 1:3 w",
	"-a;+c *:* m;+b 7:* rw;+c 1:* r",
	"-c 1:5 w",
	"-c 1:5 rwm;+c 1:5 r",
	"-a;+c *:5 rwm;-c 1:* w",
	"-c *:* rwm;+a",
	"+c 1:3 r;-a",
	"-b *:* rwm;-c 1:7 r;+c 1:7 m;-c 1:3 mw",
	"-a;+c 1:3 rwm;-c 1:3 m;+c *:7 m;-c 9:9 rwm",
};

static const struct target {
	const char *path; /* to be opened; NULL: only made */
	char type;
	int major, minor;
} targets[] = {
	{ "/dev/null", 'c', 1, 3 },
	{ "/dev/zero", 'c', 1, 5 },
	{ "/dev/full", 'c', 1, 7 },
	{ NULL, 'b', 7, 0 },
};

static unsigned int wanted(const struct target *t)
{
	const struct device_rule node = {
		.type = t->type,
		.major = t->major,
		.minor = t->minor,
	};
	unsigned int all = t->path ? DEVICE_ALL : DEVICE_MKNOD;

	return devfilter_allows(&filter, 2, &node) & all;
}

static bool can_open(const struct target *t, int flags)
{
	int fd = t->path ? open(t->path, flags | O_CLOEXEC) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What the kernel allows whoever is in the cgroup. */
static unsigned int try(const struct target *t, int cgroup)
{
	char path[64];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned int access = 0;

		if (write_file_at(cgroup, "cgroup.procs", "0") < 0)
			_exit(255);
		snprintf(path, sizeof(path), "/tmp/devfilter_test.%d",
			 getpid());
		if (mknod(path, t->type == 'c' ? S_IFCHR : S_IFBLK,
			  makedev(t->major, t->minor)) == 0) {
			access |= DEVICE_MKNOD;
			unlink(path);
		}
		access |= can_open(t, O_RDONLY) ? DEVICE_READ : 0;
		access |= can_open(t, O_WRONLY) ? DEVICE_WRITE : 0;
		_exit((int)access);
	}
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 254;
}

/* Where v2 is mounted, or false. */
static bool find_v2(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	const struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts)))
		found = strcmp(m->mnt_type, "cgroup2") == 0 &&
			format(path, size, "%s/devfilter_test.%d", m->mnt_dir,
			       getpid()) == 0;
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Each list in place of the one before: on one cgroup, by the kernel's word. */
static void test_programs(void)
{
	char path[256];
	int cgroup;

	if (geteuid() != 0 || !find_v2(path, sizeof(path)) ||
	    mkdir(path, 0755) < 0) {
		printf("# no cgroup of v2 to try programs on\n");
		return;
	}
	cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(lists); i++) {
		fill(lists[i]);
		printf("# %s\n", lists[i]);
		is(devfilter_attach(&filter, cgroup), 0);
		for (size_t j = 0; j < COUNT(targets); j++)
			is(try(targets + j, cgroup), wanted(targets + j));
	}
	close(cgroup);
	is(rmdir(path), 0);
}

static void test_answers(void)
{
	static const struct {
		const char *list;
		unsigned int access; /* to c 1:5 */
	} answers[] = {
		{ "", DEVICE_ALL },
		{ "-a", 0 },
		{ "-a;+c 1:* r", DEVICE_READ },
		{ "-a;+c 1:* r;+c *:5 m;-b *:* rwm",
		  DEVICE_READ | DEVICE_MKNOD },
		{ "-a;+c 1:* rwm;-c 1:5 w", DEVICE_READ | DEVICE_MKNOD },
		{ "-c 1:5 w;+c 1:5 r", DEVICE_READ | DEVICE_MKNOD },
		{ "-c 1:5 w;+a", DEVICE_ALL },
	};
	const struct device_rule zero = { .type = 'c', .major = 1, .minor = 5 };

	for (size_t i = 0; i < COUNT(answers); i++) {
		fill(answers[i].list);
		is(devfilter_allows(&filter, 2, &zero), answers[i].access);
	}
}

/* Of one version: not there for the other. */
static void test_versions(void)
{
	const struct device_rule zero = { .type = 'c', .major = 1, .minor = 5 };

	ok(try_config("lxc.cgroup.devices.deny = a\n"
		      "lxc.cgroup2.devices.deny = c 1:5 w\n"
		      "rootfs = r\narg = c\n"));
	is(spec_finish(&try_spec), 0);
	is(devfilter_fill(&filter, &try_spec), 0);
	is(filter.count, 2);
	is(devfilter_allows(&filter, 1, &zero), 0);
	is(devfilter_allows(&filter, 2, &zero), DEVICE_READ | DEVICE_MKNOD);
	ok(devfilter_has(&filter, 1));
	ok(try_args("--rootfs r true"));
	is(spec_finish(&try_spec), 0);
	is(devfilter_fill(&filter, &try_spec), 0);
	is(filter.count, 0);
	ok(!devfilter_has(&filter, 2));
	/* Docker's come behind the usual ones. */
	ok(try_args("--rootfs r --device-cgroup-rule 'c 9:9 r' true"));
	is(spec_finish(&try_spec), 0);
	is(devfilter_fill(&filter, &try_spec), 0);
	is(devfilter_allows(&filter, 2, &zero), DEVICE_ALL);
	is(devfilter_allows(&filter, 2,
			    &(struct device_rule){ false, 0, 0, 'c', 9, 9 }),
	   DEVICE_READ | DEVICE_MKNOD);
	is(devfilter_allows(&filter, 2,
			    &(struct device_rule){ false, 0, 0, 'c', 1, 1 }),
	   DEVICE_MKNOD);
}

int main(void)
{
	test_texts();
	test_answers();
	test_versions();
	test_programs();
	return done();
}
