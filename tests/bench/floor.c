/* floor.c - the least that a container costs on this kernel
 *
 *	floor [--no-net] ROOT CMD
 *
 * The namespaces, /proc, pivot_root, exec and the wait for it: no checks, no
 * /dev, no limits, no capabilities, nothing that makes it usable.  The child
 * shares our memory, as that is what the fastest start does.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 65536 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));

static int child(void *arg)
{
	char **argv = arg;
	char *env[] = { NULL };

	mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
	mount(argv[0], argv[0], NULL, MS_BIND | MS_REC, NULL);
	if (chdir(argv[0]) == 0 &&
	    mount("proc", "proc", "proc", 0, NULL) == 0 &&
	    syscall(SYS_pivot_root, ".", ".") == 0 &&
	    umount2(".", MNT_DETACH) == 0 && chdir("/") == 0)
		execve(argv[1], argv + 1, env);
	_exit(127);
}

int main(int argc, char **argv)
{
	int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		    CLONE_NEWCGROUP | CLONE_VM | SIGCHLD;
	bool net = argc < 2 || strcmp(argv[1], "--no-net") != 0;
	int status;
	pid_t pid;

	if (!net)
		argv++;
	pid = clone(child, stack + sizeof(stack),
		    flags | (net ? CLONE_NEWNET : 0), argv + 1);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("floor");
		return 125;
	}
	return WEXITSTATUS(status);
}
