/* answer.c - time several ways to start a container until its network answers
 *
 *	answer ROUNDS NAME CMD... [+ NAME CMD...]...	on the host
 *	answer ADDRESS					in the container
 *
 * The one in the container asks the host at the address, and says when it has the
 * answer: that ends the time.  Starting takes turns, as in pairs.c; what comes
 * after the answer is not counted.  Medians, and ratios to the first.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 9999, COMMANDS_MAX = 8, ROUNDS_MAX = 500, PATIENCE_MS = 10000 };

struct command {
	const char *name;
	char **argv;
	double us[ROUNDS_MAX];
	int count, failures;
};

static struct command commands[COMMANDS_MAX];

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct sockaddr_in name(const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

/* A port of a bridge may be deaf for a moment: ask again. */
static int ask(const char *address)
{
	struct sockaddr_in host = name(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	for (int i = 0; i < 5000; i++) {
		sendto(fd, "?", 1, 0, (struct sockaddr *)&host, sizeof(host));
		if (poll(&p, 1, 1) > 0 && recv(fd, &byte, 1, 0) == 1)
			break;
	}
	return sendto(fd, "!", 1, 0, (struct sockaddr *)&host, sizeof(host)) !=
	       1;
}

/* Answer until somebody has heard it. */
static int serve(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, PATIENCE_MS) > 0) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		char byte = 0;

		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&peer, &len) <
		    0)
			continue;
		if (byte == '!')
			return 0;
		sendto(fd, ".", 1, 0, (struct sockaddr *)&peer, len);
	}
	return -1;
}

static void drain(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

static void time_one(struct command *c, int fd)
{
	extern char **environ;
	double began;
	int failed;
	pid_t pid;

	drain(fd);
	began = now_us();
	if (!c->argv || !c->argv[0] ||
	    posix_spawnp(&pid, c->argv[0], NULL, NULL, c->argv, environ) != 0)
		exit(1);
	failed = serve(fd);
	c->us[c->count++] = now_us() - began;
	if (failed)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	c->failures += failed != 0;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(struct command *c)
{
	qsort(c->us, (size_t)c->count, sizeof(c->us[0]), compare);
	return c->us[c->count / 2];
}

static int measure(int rounds, int count)
{
	struct sockaddr_in any = name("0.0.0.0");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), failures = 0;

	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("answer");
		return 1;
	}
	for (int r = 0; r < rounds; r++)
		for (int i = 0; i < count; i++)
			time_one(&commands[r % 2 ? count - 1 - i : i], fd);
	for (int i = 0; i < count; i++) {
		double us = median(&commands[i]);

		printf("%-28s %9.0f us  %6.2f\n", commands[i].name, us,
		       us / median(&commands[0]));
		failures += commands[i].failures;
	}
	if (failures)
		printf("%d without an answer\n", failures);
	return failures != 0;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0, count = 0;

	if (argc == 2)
		return ask(argv[1]);
	if (argc < 4 || rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	for (int i = 2; i < argc && count < COMMANDS_MAX; i++) {
		commands[count].name = argv[i++];
		commands[count++].argv = argv + i;
		while (i < argc && strcmp(argv[i], "+") != 0)
			i++;
		if (i < argc)
			argv[i] = NULL;
	}
	return measure(rounds, count);
}
