/* snoop.c - look into whoever comes by, through its files in /proc
 *
 *	snoop
 *
 * Whoever does not run one of the root's own programs is a find: his memory,
 * his descriptors, his executable; and whoever has another root.  A line each,
 * until killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct stat own_root;

static void found(const char *what, const char *whose)
{
	printf("%s of %s\n", what, whose);
	fflush(stdout);
}

/* Whether what it runs is to be seen, and not in the root. */
static bool is_stranger(int process, char *name, size_t size)
{
	ssize_t n = readlinkat(process, "exe", name, size - 1);

	name[n > 0 ? n : 0] = '\0';
	return n > 0 && access(name, F_OK) < 0;
}

static void try(int process, const char *file, int flags)
{
	char before[PATH_MAX], after[PATH_MAX];
	bool stranger = is_stranger(process, before, sizeof(before));
	int fd = openat(process, file, flags | O_CLOEXEC);

	if (fd >= 0 && stranger && is_stranger(process, after, sizeof(after)) &&
	    strcmp(before, after) == 0)
		found(file, before);
	close(fd);
}

static void look_at(const char *pid)
{
	int proc = open("/proc", O_PATH | O_CLOEXEC);
	int process = openat(proc, pid, O_PATH | O_CLOEXEC);
	struct stat st;

	close(proc);
	try(process, "exe", O_RDONLY);
	try(process, "mem", O_RDWR);
	try(process, "fd", O_RDONLY | O_DIRECTORY);
	try(process, "environ", O_RDONLY);
	if (fstatat(process, "root/", &st, 0) == 0 &&
	    (st.st_dev != own_root.st_dev || st.st_ino != own_root.st_ino))
		found("root", pid);
	if (fstatat(process, "cwd/", &st, 0) == 0 &&
	    st.st_dev != own_root.st_dev)
		found("cwd", pid);
	close(process);
}

int main(void)
{
	unsigned long own = getpid();

	stat("/", &own_root);
	puts("snooping");
	fflush(stdout);
	for (;;) {
		DIR *proc = opendir("/proc");
		const struct dirent *entry;

		while (proc && (entry = readdir(proc)))
			if (strtoul(entry->d_name, NULL, 10) > own)
				look_at(entry->d_name);
		if (proc)
			closedir(proc);
	}
}
