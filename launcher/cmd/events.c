/* events.c - launch events: what happens to containers, as it happens */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/signals.h"
#include "launcher/container.h"
#include "launcher/container_rundir.h"
#include "launcher/event.h"
#include "launcher/process.h"

static struct container container; /* large */

static int print(const struct event_packet *p, bool json)
{
	if (json)
		return write_all(STDOUT_FILENO, p->json, strlen(p->json));
	if (!p->ended)
		return dprintf(STDOUT_FILENO, "%s %s\n", p->name, p->kind);
	if (p->signal)
		return dprintf(STDOUT_FILENO, "%s %s signal %s\n", p->name,
			       p->kind, signal_name(p->signal));
	return dprintf(STDOUT_FILENO, "%s %s %d\n", p->name, p->kind, p->exit);
}

/* Until a signal, or until nobody reads any more. */
static void follow(int events, const struct args *args)
{
	struct pollfd fds[] = {
		{ .fd = events, .events = POLLIN },
		{ .fd = signals_open(), .events = POLLIN },
	};
	struct event_packet packet;

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents)
			return;
		if (!fds[0].revents || !event_receive(events, &packet))
			continue;
		if (args->count > 0 &&
		    strcmp(args->operands[0], packet.name) != 0)
			continue;
		if (print(&packet, args->json) < 0)
			return;
	}
}

int cmd_events(const struct args *args)
{
	uint64_t old;
	int events;

	container_init(&container);
	if (container_make_rundir(&container, args->state_dir) < 0)
		return STATUS_FAILED;
	/* Its socket is to be removed, however it ends. */
	signals_block_all(&old);
	events = event_listen(container.rundir);
	if (events < 0)
		return STATUS_FAILED;
	follow(events, args);
	event_ignore(container.rundir, events);
	return 0;
}
