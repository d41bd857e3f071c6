/* wait.c - launch wait: wait for a container's end, and exit as it does */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/proc.h"
#include "common/report.h"
#include "launcher/container.h"
#include "launcher/container_find.h"
#include "launcher/event.h"
#include "launcher/process.h"

static struct container container; /* large */

/* The last packet about its end.  1: there was one. */
static int read_packets(int fd, const char *name, struct event_packet *last)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct event_packet packet;
	int found = 0;

	while (poll(&p, 1, 0) > 0)
		if (event_receive(fd, &packet) &&
		    strcmp(packet.name, name) == 0 && packet.ended) {
			*last = packet;
			found = 1;
		}
	return found;
}

/* Until the launcher is gone; the event is sent before.  A container that is
 * started again tells of each end: the last counts. */
static int wait_for(int events, const struct container *c,
		    struct event_packet *last)
{
	autofd int launcher = proc_open(c->launcher, c->launcher_start);
	struct pollfd fds[] = {
		{ .fd = events, .events = POLLIN },
		{ .fd = launcher, .events = POLLIN },
	};
	int found = 0;

	while (launcher >= 0 && !fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 0;
		found |= read_packets(events, c->name, last);
	}
	if (launcher < 0)
		container_wait_launcher(c, -1);
	return found | read_packets(events, c->name, last);
}

int cmd_wait(const struct args *args)
{
	struct event_packet last;
	const char *name = args->operands[0];
	int rundir, events, found;

	if (container_find(&container, args->state_dir, name) < 0)
		return STATUS_FAILED;
	rundir = container.rundir;
	events = event_listen(rundir);
	if (events < 0)
		return STATUS_FAILED;
	/* Again, as it may have got its pid, or its end, meanwhile. */
	container_load(&container);
	found = wait_for(events, &container, &last);
	event_ignore(rundir, events);
	if (!found) {
		failx("cannot tell how '%s' ended: %s", name,
		      container_is_removed(&container)
			      ? "it has done so just before"
			      : "its launcher is dead");
		return STATUS_FAILED;
	}
	if (args->json)
		write_all(STDOUT_FILENO, last.json, strlen(last.json));
	return last.exit;
}
