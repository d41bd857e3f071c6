/* hello.c - who is there?  A server and its client, by TCP and UDP
 *
 *	hello PORT		tell whoever asks at the port who it seems to be
 *	hello [-u] ADDRESS PORT	ask, print the answer; 1: there is none in 2 s
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in name(const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

static int open_server(int type, const char *port)
{
	struct sockaddr_in any = name("0.0.0.0", port);
	int fd = socket(AF_INET, type, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) < 0)) {
		perror("hello");
		exit(1);
	}
	return fd;
}

static void answer(int fd, bool is_stream)
{
	struct sockaddr_in peer = { 0 };
	socklen_t len = sizeof(peer);
	char text[64];
	int to = fd;

	if (is_stream)
		to = accept(fd, (struct sockaddr *)&peer, &len);
	else
		recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&peer,
			 &len);
	snprintf(text, sizeof(text), "hello %s\n", inet_ntoa(peer.sin_addr));
	sendto(to, text, strlen(text), MSG_NOSIGNAL,
	       is_stream ? NULL : (struct sockaddr *)&peer,
	       is_stream ? 0 : len);
	if (is_stream)
		close(to);
}

static void serve(const char *port)
{
	struct pollfd fds[] = {
		{ .fd = open_server(SOCK_STREAM, port), .events = POLLIN },
		{ .fd = open_server(SOCK_DGRAM, port), .events = POLLIN },
	};

	for (;;) {
		poll(fds, 2, -1);
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				answer(fds[i].fd, i == 0);
	}
}

static int ask(int type, const char *address, const char *port)
{
	struct sockaddr_in to = name(address, port);
	struct timeval wait = { .tv_sec = 2 };
	int fd = socket(AF_INET, type, 0);
	char text[64];
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    (type == SOCK_DGRAM && send(fd, "", 1, 0) < 0))
		return 1;
	n = recv(fd, text, sizeof(text), 0);
	return n <= 0 || write(STDOUT_FILENO, text, (size_t)n) != n;
}

int main(int argc, char **argv)
{
	int type = argc == 4 ? SOCK_DGRAM : SOCK_STREAM;

	if (argc == 2)
		serve(argv[1]);
	return argc < 3 ? 2 : ask(type, argv[argc - 2], argv[argc - 1]);
}
