/* process.c - find and execute the command, or say exactly why not */
#include "process.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"

enum { HEAD_BYTES = 4096 }; /* holds the program headers of every linker */

static const struct {
	unsigned int machine;
	const char *name;
} machines[] = {
	{ EM_386, "i386" },    { EM_X86_64, "x86-64" },
	{ EM_ARM, "arm" },     { EM_AARCH64, "aarch64" },
	{ EM_RISCV, "riscv" }, { EM_PPC64, "ppc64" },
	{ EM_S390, "s390" },   { EM_MIPS, "mips" },
};

static const char *machine_name(unsigned int machine)
{
	for (size_t i = 0; i < COUNT(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "another architecture";
}

static unsigned int own_machine(void)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return EM_NONE;
	return strcmp(uts.machine, "x86_64") == 0    ? EM_X86_64
	       : strcmp(uts.machine, "aarch64") == 0 ? EM_AARCH64
						     : EM_NONE;
}

/* Where an ELF64 file names its loader, or NULL.  The offsets are a stranger's:
 * all of them are checked against what was read. */
static const char *elf_loader(char *head, size_t size)
{
	Elf64_Ehdr file;
	Elf64_Phdr part;

	memcpy(&file, head, sizeof(file));
	if (file.e_ident[EI_CLASS] != ELFCLASS64 ||
	    file.e_phentsize != sizeof(part))
		return NULL;
	for (size_t i = 0; i < file.e_phnum; i++) {
		size_t at = file.e_phoff + i * sizeof(part);

		if (file.e_phoff > size || at + sizeof(part) > size)
			return NULL;
		memcpy(&part, head + at, sizeof(part));
		if (part.p_type != PT_INTERP)
			continue;
		return part.p_offset < size &&
				       memchr(head + part.p_offset, '\0',
					      size - part.p_offset)
			       ? head + part.p_offset
			       : NULL;
	}
	return NULL;
}

/* The interpreter that a script's first line names, or NULL. */
static const char *script_interpreter(char *head)
{
	char *name = head + 2 + strspn(head + 2, " \t");

	name[strcspn(name, " \t\r\n")] = '\0';
	return *name ? name : NULL;
}

static bool is_missing(const char *path)
{
	return path && access(path, F_OK) < 0 && errno == ENOENT;
}

static bool is_elf(const char *head, size_t size)
{
	return size >= sizeof(Elf64_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0;
}

static bool is_script(const char *head, size_t size)
{
	return size >= 2 && memcmp(head, "#!", 2) == 0;
}

/* An interpreter or loader that is not there: -1, and reported, as with all of
 * these; 0: they know of nothing. */
static int explain_missing(const char *path, char *head, size_t size)
{
	const char *needed;

	if (is_script(head, size)) {
		needed = script_interpreter(head);
		if (is_missing(needed))
			return failx(
				"cannot execute '%s': its interpreter '%s' is missing in the root",
				path, needed);
		return 0;
	}
	needed = is_elf(head, size) ? elf_loader(head, size) : NULL;
	if (is_missing(needed))
		return failx(
			"cannot execute '%s': its loader '%s' is missing in the root",
			path, needed);
	return 0;
}

/* The file is there, and yet exec(2) said ENOENT or ENOEXEC, or would. */
static int explain_content(const char *path, char *head, size_t size,
			   int reason)
{
	if (explain_missing(path, head, size) < 0)
		return -1;
	if (is_script(head, size))
		return 0;
	if (!is_elf(head, size))
		return failx(
			"cannot execute '%s': it is neither a program nor a script with a #! line",
			path);

	unsigned int machine = ((unsigned char)head[18]) |
			       (unsigned int)(unsigned char)head[19] << 8;

	/* Most kernels execute those of 32 bits, too. */
	if (machine != own_machine() &&
	    (reason || machine != EM_386 || own_machine() != EM_X86_64))
		return failx(
			"cannot execute '%s': it is for %s, this machine is %s",
			path, machine_name(machine),
			machine_name(own_machine()));
	return 0;
}

static int explain_access(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return failx("cannot execute '%s': it is a directory", path);
	if (!S_ISREG(st.st_mode))
		return failx("cannot execute '%s': it is not a regular file",
			     path);
	if (!(st.st_mode & 0111))
		return failx(
			"cannot execute '%s': its mode %04o has no execute bit",
			path, st.st_mode & 07777);
	if (statvfs(path, &fs) == 0 && fs.f_flag & ST_NOEXEC)
		return failx(
			"cannot execute '%s': it is on a filesystem that is mounted noexec",
			path);
	return 0;
}

static int explain_reason(const char *path, int reason)
{
	char head[HEAD_BYTES + 1];
	autofd int fd = -1;
	ssize_t size;

	if (reason == EACCES)
		return explain_access(path);
	if (reason == EPERM)
		return fail(
			"cannot execute '%s' (is execve in the filter of --seccomp?)",
			path);
	if (reason && reason != ENOENT && reason != ENOEXEC)
		return 0;
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read_all(fd, head, HEAD_BYTES);
	if (size < 0)
		return 0;
	head[size] = '\0';
	return explain_content(path, head, size, reason);
}

noreturn static void explain(const char *path)
{
	int reason = errno;

	report_status(STATUS_NOT_EXECUTABLE);
	if (explain_reason(path, reason) < 0)
		quit(STATUS_NOT_EXECUTABLE);
	errno = reason;
	die("cannot execute '%s'", path);
}

int process_check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail("cannot find '%s' in the root", path);
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return explain_access(path);
	return explain_reason(path, 0);
}

/* exec(2), unless there is no such file at all. */
static bool try(const char *path, const char *const argv[],
		const char *const env[])
{
	sys_execve(path, argv, env);
	/* A filter that knows no access(2) is no reason to stop looking. */
	if (errno == ENOTDIR || (errno == ENOENT && access(path, F_OK) < 0))
		return false;
	explain(path);
}

int process_hide_fds(void)
{
	const struct dirent *entry;
	uint64_t fd;
	DIR *list;

	if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* Before Linux 5.11.  The launcher does it because here the host's
	 * /proc can be trusted, and the container's may be anybody's. */
	list = opendir("/proc/self/fd");
	if (!list)
		return fail("cannot read '/proc/self/fd'");
	while ((entry = readdir(list)))
		if (parse_uint(entry->d_name, INT_MAX, &fd) == 0 && fd > 2)
			fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	closedir(list);
	return 0;
}

/* Whether there is such a file, to be executed; dies when it cannot be. */
static bool is_program(const char *path, const char *const argv[],
		       const char *const env[])
{
	char head[HEAD_BYTES + 1];
	autofd int fd = -1;
	ssize_t size;
	struct stat st;

	(void)argv;
	(void)env;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return false;
		explain(path);
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0) {
		errno = EACCES;
		explain(path);
	}
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read_all(fd, head, HEAD_BYTES);
	if (size > 0) {
		head[size] = '\0';
		if (explain_missing(path, head, size) < 0)
			quit(STATUS_NOT_EXECUTABLE);
	}
	return true;
}

static const char *search_path(const char *const env[])
{
	for (; *env; env++)
		if (starts_with(*env, "PATH="))
			return *env + strlen("PATH=");
	return "/bin:/usr/bin";
}

/* Call visit() with each path that argv[0] may mean, until it says true; dies
 * when none does. */
static const char *search(const char *const argv[], const char *const env[],
			  bool (*visit)(const char *path,
					const char *const argv[],
					const char *const env[]))
{
	const char *dirs = search_path(env);
	static char path[PATH_MAX];

	report_status(STATUS_NOT_FOUND);
	if (strchr(argv[0], '/')) {
		if (visit(argv[0], argv, env))
			return argv[0];
		die("cannot find '%s' in the root", argv[0]);
	}
	while (*argv[0]) {
		size_t len = strcspn(dirs, ":");

		/* An empty part is the working directory: never meant. */
		if (len > 0 &&
		    format(path, sizeof(path), "%.*s/%s", (int)len, dirs,
			   argv[0]) == 0 &&
		    visit(path, argv, env))
			return path;
		if (!dirs[len])
			break;
		dirs += len + 1;
	}
	diex("cannot find '%s' in the root's PATH %s", argv[0],
	     search_path(env));
}

void process_exec(const char *const argv[], const char *const env[])
{
	search(argv, env, try);
	quit(STATUS_FAILED); /* not reached: it only returns what it found */
}

const char *process_find(const char *const argv[], const char *const env[])
{
	return search(argv, env, is_program);
}

void process_exec_fd(int fd, const char *const argv[], const char *const env[])
{
	sys_execveat(fd, "", argv, env, AT_EMPTY_PATH);
	report_status(STATUS_FAILED); /* no fault of the command's */
	die("cannot execute the embedded minit (--init)");
}
