/* event.c - what happens to containers, told to whoever listens */
#include "event.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/json.h"
#include "common/report.h"
#include "common/text.h"

static const char dir_name[] = ".events";

enum { BACKLOG_BYTES = 4 << 20 };

static void write_end(struct json *j, const struct event *e)
{
	if (e->signal)
		json_number(j, "signal", e->signal);
	else
		json_number(j, "exit", e->exit);
	if (e->oom)
		json_bool(j, "oom", true);
	if (e->timed_out)
		json_bool(j, "timeout", true);
	if (e->memory_peak)
		json_number(j, "memory_peak", e->memory_peak);
}

void event_write(struct json *j, const char *name, const struct event *e)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_object(j, NULL);
	json_number(j, "time_ms",
		    (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	json_text(j, "name", name);
	json_text(j, "event", e->kind);
	if (e->pid)
		json_number(j, "pid", e->pid);
	if (e->ended)
		write_end(j, e);
	if (e->device)
		json_text(j, "device", e->device);
	json_close(j);
}

/* Of a socket in the directory: its own path may be too long for one. */
static int name_socket(struct sockaddr_un *address, int dir, const char *name)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return format(address->sun_path, sizeof(address->sun_path),
		      "/proc/self/fd/%d/%s", dir, name);
}

static void send_to(int sock, int dir, const char *name,
		    const struct event_packet *packet)
{
	struct sockaddr_un address;

	if (name_socket(&address, dir, name) < 0 ||
	    sendto(sock, packet, sizeof(*packet), MSG_DONTWAIT | MSG_NOSIGNAL,
		   (struct sockaddr *)&address, sizeof(address)) >= 0)
		return;
	/* Its listener was killed. */
	if (errno == ECONNREFUSED)
		unlinkat(dir, name, 0);
}

static void send_to_all(int rundir, int dir, const struct event_packet *packet)
{
	autofd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	while (list && sock >= 0 && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			send_to(sock, dir, entry->d_name, packet);
	if (list)
		closedir(list);
	unlinkat(rundir, dir_name, AT_REMOVEDIR); /* if it is empty now */
}

static void fill_packet(struct event_packet *packet, const char *name,
			const struct event *e)
{
	struct json j;

	memset(packet, 0, sizeof(*packet));
	copy_text(packet->name, sizeof(packet->name), name);
	copy_text(packet->kind, sizeof(packet->kind), e->kind);
	packet->ended = e->ended;
	packet->exit = e->exit;
	packet->signal = e->signal;
	json_begin(&j, -1);
	event_write(&j, name, e);
	if (json_end(&j) == 0 && j.len < sizeof(packet->json))
		memcpy(packet->json, j.buf, j.len);
}

bool event_is_heard(int rundir)
{
	return faccessat(rundir, dir_name, F_OK, 0) == 0;
}

void event_tell(int rundir, const char *name, const struct event *e)
{
	struct event_packet packet;
	autofd int dir =
		openat(rundir, dir_name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return;
	fill_packet(&packet, name, e);
	send_to_all(rundir, dir, &packet);
}

static int bind_in(int dir, int sock)
{
	struct sockaddr_un address;
	char name[16];

	snprintf(name, sizeof(name), "%d", getpid());
	unlinkat(dir, name, 0); /* of one who had our pid, and was killed */
	return name_socket(&address, dir, name) < 0
		       ? -1
		       : bind(sock, (struct sockaddr *)&address,
			      sizeof(address));
}

int event_listen(int rundir)
{
	autofd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	autofd int dir = -1;
	int bytes = BACKLOG_BYTES, result = -1;

	if (sock < 0)
		return fail("cannot listen to events");
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	/* Whoever tells just now may take away the empty directory. */
	for (int tries = 0; result < 0 && tries < 100; tries++) {
		mkdirat(rundir, dir_name, 0700);
		fd_close(&dir);
		dir = openat(rundir, dir_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		result = dir < 0 ? -1 : bind_in(dir, sock);
		if (result < 0 && errno != ENOENT)
			break;
	}
	return result < 0 ? fail("cannot listen to events") : fd_take(&sock);
}

void event_ignore(int rundir, int fd)
{
	char name[32];

	close(fd);
	snprintf(name, sizeof(name), "%s/%d", dir_name, getpid());
	unlinkat(rundir, name, 0);
	unlinkat(rundir, dir_name, AT_REMOVEDIR);
}

int event_receive(int fd, struct event_packet *packet)
{
	ssize_t n = recv(fd, packet, sizeof(*packet), 0);

	packet->name[sizeof(packet->name) - 1] = '\0';
	packet->kind[sizeof(packet->kind) - 1] = '\0';
	packet->json[sizeof(packet->json) - 1] = '\0';
	return n == sizeof(*packet);
}
