/* cgroup_control_test.c - a group that goes away while it is waited for */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"
#include "launcher/cgroup.h"
#include "launcher/cgroup_control.h"
#include "tap.h"

static struct cgroup group; /* large */
static char dir[] = "/tmp/cgroup-test.XXXXXX", state[64];

/* One that never gets there, as what is written to it is lost. */
static void make_group(void)
{
	ok(mkdtemp(dir) != NULL);
	is(format(state, sizeof(state), "%s/freezer.state", dir), 0);
	is(symlink("/dev/null", state), 0);
	group.groups[0].path = dir;
	group.count = 1;
}

/* As its last process does, when it ends. */
static pid_t remove_later(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	usleep(50 * 1000);
	_exit(unlink(state) != 0);
}

int main(void)
{
	int64_t begin = now_ms();
	pid_t pid;

	make_group();
	pid = remove_later();
	is(cgroup_set_frozen(&group, true), -1);
	is(errno, ESRCH);
	ok(now_ms() - begin < 4000);
	is(waitpid(pid, NULL, 0), pid);

	is(cgroup_set_frozen(&group, true), -1);
	is(errno, ENOENT);
	is(rmdir(dir), 0);
	return done();
}
