/* persist.h - what all programs do that have something to be kept by a checkpoint
 *
 * PROGRAM WHAT DIR appends to DIR/ticks for as long as all is well; once DIR/go is
 * there, it looks at the rest and writes "good", or what is not, to DIR/result.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 10 };

static const char *dir;
static int ticks;

static void tell(const char *fmt, ...)
{
	char path[256], text[256];
	va_list args;
	FILE *file;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/result", dir);
	file = fopen(path, "w");
	if (file) {
		fprintf(file, "%s\n", text);
		fclose(file);
	}
	_exit(strcmp(text, "good") != 0);
}

#define must(condition)        \
	((condition) ? (void)0 \
		     : tell("%d: " #condition ": %d", __LINE__, errno))

static void nap(void)
{
	struct timespec t = { 0, TICK_MS * 1000000L };

	must(nanosleep(&t, NULL) == 0);
}

/* All is well so far: true once it is time to look at the rest. */
static int tick(void)
{
	char path[256];

	must(write(ticks, ".", 1) == 1);
	snprintf(path, sizeof(path), "%s/go", dir);
	return access(path, F_OK) == 0;
}

/* What a program can do, with an empty one at the end. */
extern const struct mode {
	const char *name;
	void (*run)(void);
} modes[];

int main(int argc, char **argv)
{
	char path[256];

	if (argc != 3)
		return 2;
	dir = argv[2];
	snprintf(path, sizeof(path), "%s/ticks", dir);
	ticks = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (ticks < 0)
		return 2;
	for (const struct mode *m = modes; m->name; m++)
		if (strcmp(m->name, argv[1]) == 0) {
			m->run();
			tell("good");
		}
	return 2;
}
