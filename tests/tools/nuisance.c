/* nuisance.c - be the worst clients of a control socket
 *
 *	nuisance PATH TIMES [SILENT]
 *
 * Garbage, requests without an end, too long and empty ones, half-closed
 * connections and unread answers, so often; then silent connections, 50 or so
 * many, until killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char path[100];

static int connect_to(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(at.sun_path, path, sizeof(path));
	return connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -1 : fd;
}

static void send_and_leave(const void *data, size_t size, int how)
{
	int fd = connect_to();

	send(fd, data, size, MSG_NOSIGNAL);
	if (how >= 0)
		shutdown(fd, how);
	close(fd);
}

static void annoy(void)
{
	static char large[65536];

	memset(large, 'x', sizeof(large));
	send_and_leave("", 0, -1);
	send_and_leave("nonsense", 9, -1);
	send_and_leave("status", 6, -1);
	send_and_leave("stop\0\0\0\0\0\0\0\0", 12, -1);
	send_and_leave("\xff\xfe\x00\x01\x00", 5, -1);
	send_and_leave(large, sizeof(large), -1);
	send_and_leave(large, 256, SHUT_WR);
	send_and_leave("status", 7, SHUT_RD);
	send_and_leave("stop\0tty9", 10, SHUT_WR);
	send_and_leave("", 0, SHUT_WR);
}

int main(int argc, char **argv)
{
	if (argc < 3 || strlen(argv[1]) >= sizeof(path))
		return 1;
	memcpy(path, argv[1], strlen(argv[1]) + 1);
	for (long i = (long)strtoul(argv[2], NULL, 10); i > 0; i--)
		annoy();
	for (long i = argc > 3 ? (long)strtoul(argv[3], NULL, 10) : 50; i > 0;
	     i--) {
		int fd = connect_to();

		/* Half of the half-closed ones stay. */
		if (fd >= 0 && i % 2)
			shutdown(fd, SHUT_WR);
	}
	pause();
	return 0;
}
