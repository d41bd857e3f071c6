/* exec.c - execvp that also runs scripts without a #! line */
#include "exec.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

static void execute(char *path, char **argv, char **env)
{
	static char shell[] = "/bin/sh";

	execve(path, argv, env);
	if (errno != ENOEXEC)
		return;
	argv[-1] = shell;
	argv[0] = path;
	execve(shell, argv - 1, env);
}

static const char *search_path(char **env)
{
	for (; *env; env++)
		if (starts_with(*env, "PATH="))
			return *env + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* On its own, as its buffer is two pages that a named path need not touch. */
__attribute__((noinline)) static void search(char **argv, char **env)
{
	const char *dir = search_path(env);
	char path[PATH_MAX];
	int worst = ENOENT;

	for (;;) {
		int len = (int)strcspn(dir, ":");

		/* An empty entry is the current directory. */
		if (format(path, sizeof(path), "%.*s%s%s", len, dir,
			   len ? "/" : "./", argv[0]) == 0)
			execute(path, argv, env);
		/* Something of that name that may not be run does not end
		 * the search, but is what to complain about. */
		if (errno == EACCES)
			worst = EACCES;
		else if (errno != ENOENT && errno != ENOTDIR)
			return;
		if (!dir[len])
			break;
		dir += len + 1;
	}
	errno = worst;
}

void exec_search(char **argv, char **env)
{
	if (strchr(argv[0], '/'))
		execute(argv[0], argv, env);
	else
		search(argv, env);
}

int exec_status(int error)
{
	return error == ENOENT || error == ENOTDIR ? 127 : 126;
}
