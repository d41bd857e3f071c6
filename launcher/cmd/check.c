/* check.c - launch check: what this machine can do, and what a root lacks */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/json.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "launcher/image.h"
#include "launcher/probe.h"
#include "launcher/process.h"
#include "launcher/spec.h"

static struct {
	struct json json;
	bool as_json, works;
	char said[512]; /* the last report */
} check;

static void listen(const char *line)
{
	copy_text(check.said, sizeof(check.said), line);
}

static void tell(const char *name, bool good, bool needed, const char *detail)
{
	check.works &= good || !needed;
	if (!check.as_json) {
		dprintf(STDOUT_FILENO, "%-16s %-8s %s\n", name,
			good     ? "yes"
			: needed ? "MISSING"
				 : "no",
			detail);
		return;
	}
	json_object(&check.json, NULL);
	json_text(&check.json, "name", name);
	json_bool(&check.json, "ok", good);
	json_bool(&check.json, "needed", needed);
	json_text(&check.json, "detail", detail);
	json_close(&check.json);
}

/* A plain user's default start has no network, but a user namespace. */
static bool is_needed(const struct probe *p)
{
	if (geteuid() == 0)
		return p->needed;
	if (strcmp(p->name, "veth") == 0)
		return false;
	return p->needed || strcmp(p->name, "user-namespaces") == 0;
}

static void check_kernel(void)
{
	const struct probe *p;
	char text[600];

	for (size_t i = 0; (p = probe_at(i)); i++) {
		const char *detail = "";
		bool good = p->run(p, &detail) == 0;

		snprintf(text, sizeof(text), "%s (for %s)", check.said, p->use);
		tell(p->name, good, is_needed(p), good ? detail : text);
	}
}

/* The first of the paths that is there: can it be executed?  What is not there
 * need not be, what is has to run. */
static void check_program(const char *name, const char *const paths[])
{
	while (*paths && access(*paths, F_OK) < 0 && paths[1])
		paths++;
	if (access(*paths, F_OK) < 0)
		tell(name, false, false, "there is none");
	else if (process_check(*paths) < 0)
		tell(name, false, true, check.said);
	else
		tell(name, true, true, *paths);
}

/* "libc-2.12.so": the 12, or -1. */
static int glibc_minor(void)
{
	static const char *const names[] = {
		"/lib64/libc.so.6",
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/lib/libc.so.6",
		"/lib/i386-linux-gnu/libc.so.6",
	};
	static const char prefix[] = "libc-2.";
	char target[256], *at;
	uint64_t minor;

	for (size_t i = 0; i < COUNT(names); i++) {
		ssize_t n = readlink(names[i], target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		at = strstr(target, prefix);
		if (!at)
			continue;
		at += strlen(prefix);
		split_at(at, '.');
		if (parse_uint(at, 999, &minor) == 0)
			return (int)minor;
	}
	return -1;
}

/* Old ones ask the kernel for the time by a page that newer kernels need not
 * have. */
static void check_libc(bool has_vsyscall)
{
	enum { FIRST_WITHOUT = 14 };
	int minor = glibc_minor();
	char text[128];

	if (minor < 0 || minor >= FIRST_WITHOUT) {
		tell("vsyscall", true, false, "not used in this root");
		return;
	}
	snprintf(text, sizeof(text), "glibc 2.%d uses it%s", minor,
		 has_vsyscall
			 ? ""
			 : ": boot with vsyscall=xonly, see launch(1), KERNEL");
	tell("vsyscall", has_vsyscall, true, text);
}

static bool has_vsyscall(void)
{
	char maps[8192];

	return read_file_at(AT_FDCWD, "/proc/self/maps", maps, sizeof(maps)) >
		       0 &&
	       strstr(maps, "[vsyscall]");
}

/* The image is nowhere but behind the descriptor: it is released when we end. */
static int open_image(const char *path)
{
	static struct spec spec; /* large */
	static struct image image = { .wanted = true, .tree = -1 };
	autofd int file = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	uint64_t old;
	int result;

	if (file < 0)
		return fail("cannot open '%s'", path);
	if (!image_is_known(file))
		return failx(
			"cannot look into '%s': it is not a directory, and no image (squashfs, erofs, ext4, tar)",
			path);
	spec.rootfs = path;
	spec.read_only = true;
	/* Who unpacks waits for its end as a signal. */
	signals_block_all(&old);
	result = image_open(&image, &spec, file);
	signals_set_mask(&old);
	return result < 0 ? -1 : image.tree;
}

/* For good: nothing comes after it. */
static int enter(const char *path)
{
	struct stat st;
	int tree = -1;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		tree = open_image(path);
		if (tree < 0)
			return -1;
	}
	if (geteuid() != 0)
		unshare(CLONE_NEWUSER);
	if ((tree < 0 ? chdir(path) : fchdir(tree)) < 0 || chroot(".") < 0)
		return fail("cannot enter '%s'", path);
	return 0;
}

static void check_root(const char *path)
{
	static const char *const shells[] = { "/bin/sh", "/usr/bin/sh", NULL };
	static const char *const inits[] = { "/sbin/init", "/sbin/minit",
					     "/init", NULL };
	bool vsyscall = has_vsyscall();

	if (enter(path) < 0) {
		tell("root", false, true, check.said);
		return;
	}
	tell("root", true, true, path);
	check_program("shell", shells);
	check_program("init", inits);
	tell("inittab", access("/etc/inittab", R_OK) == 0, false,
	     "/etc/inittab");
	check_libc(vsyscall);
}

int cmd_check(const struct args *args)
{
	check.as_json = args->json;
	check.works = true;
	report_to(listen);
	json_begin(&check.json, STDOUT_FILENO);
	if (args->json) {
		json_object(&check.json, NULL);
		json_array(&check.json, "kernel");
	}
	check_kernel();
	if (args->json) {
		json_close(&check.json);
		json_array(&check.json, "root");
	}
	if (args->count > 0)
		check_root(args->operands[0]);
	if (args->json) {
		json_close(&check.json);
		json_bool(&check.json, "works", check.works);
		json_close(&check.json);
		json_end(&check.json);
	}
	return check.works ? 0 : 1;
}
