/* hotplug.c - hearing of new device nodes, for lines without a terminal */
#include "hotplug.h"

#include <stdbool.h>
#include <sys/inotify.h>
#include <unistd.h>

static int fd = -1;
static bool wanted;

int hotplug_fd(void)
{
	return fd;
}

void hotplug_want(void)
{
	if (wanted)
		return;
	wanted = true;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd >= 0)
		inotify_add_watch(fd, "/dev", IN_CREATE | IN_MOVED_TO);
}

void hotplug_drain(void)
{
	char events[1024];

	while (read(fd, events, sizeof(events)) > 0)
		;
}
