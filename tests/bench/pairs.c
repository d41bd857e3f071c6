/* pairs.c - time several commands in turn, and print medians and ratios
 *
 *	pairs ROUNDS NAME CMD... [+ NAME CMD...]...
 *
 * A B C C B A ...: what else the machine does hits all of them alike, and what
 * the kernel still has to clear away of one is not always the same one's loss.
 * The ratios are to the first, round by round, and of them the median.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { COMMANDS_MAX = 16, ROUNDS_MAX = 2000 };

struct command {
	const char *name;
	char **argv;
	double us[ROUNDS_MAX], ratio[ROUNDS_MAX];
	int failures;
};

static struct command commands[COMMANDS_MAX];
static int count, rounds;

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void run(struct command *c, int round)
{
	extern char **environ;
	double began = now_us();
	int status = -1;
	pid_t pid;

	if (posix_spawnp(&pid, c->argv[0], NULL, NULL, c->argv, environ) == 0)
		waitpid(pid, &status, 0);
	c->us[round] = now_us() - began;
	c->failures += status != 0;
}

static void compare_to_first(struct command *c)
{
	for (int round = 0; round < rounds; round++)
		c->ratio[round] = c->us[round] / commands[0].us[round];
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double quantile(double *values, double at)
{
	qsort(values, rounds, sizeof(*values), compare);
	return values[(int)(at * (rounds - 1))];
}

static void print(struct command *c)
{
	printf("%-28s %9.0f us  (%6.0f - %6.0f)  %6.2f x", c->name,
	       quantile(c->us, .5), quantile(c->us, .1), quantile(c->us, .9),
	       quantile(c->ratio, .5));
	if (c->failures)
		printf("  %d of %d FAILED", c->failures, rounds);
	printf("\n");
}

int main(int argc, char **argv)
{
	int i = 2;

	rounds = argc > 3 ? (int)strtoul(argv[1], NULL, 10) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr,
			"usage: pairs ROUNDS NAME CMD... [+ NAME CMD...]...\n");
		return 2;
	}
	while (i + 1 < argc && count < COMMANDS_MAX) {
		commands[count].name = argv[i];
		commands[count++].argv = argv + i + 1;
		while (i < argc && strcmp(argv[i], "+") != 0)
			i++;
		if (i < argc)
			argv[i++] = NULL;
	}
	for (int n = 0; n < count; n++)
		run(commands + n, 0); /* warm */
	for (int round = 0; round < rounds; round++)
		for (int n = 0; n < count; n++)
			run(commands + (round % 2 ? count - 1 - n : n), round);
	for (int n = 0; n < count; n++)
		compare_to_first(commands + n);
	for (int n = 0; n < count; n++)
		print(commands + n);
	return 0;
}
