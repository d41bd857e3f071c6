/* try.h - command lines and config texts as test data
 *
 *	try_args("-m 12x /bin/sh")	words between blanks; false: refused
 *	try_config("memory = 12x\n")
 *	try_said			what was reported, or ""
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/report.h"
#include "common/text.h"
#include "launcher/config.h"
#include "launcher/options.h"
#include "launcher/spec.h"

static struct spec try_spec;
static char try_said[1024];

static inline void try_listen(const char *line)
{
	(void)format(try_said, sizeof(try_said), "%s", line);
}

static inline void try_begin(void)
{
	report_to(try_listen);
	try_said[0] = '\0';
	spec_init(&try_spec);
}

/* The words of a command line, which the spec then points into. */
static inline bool try_args(const char *line)
{
	static char text[8192], *argv[64];
	static char self[] = "launch";
	char *rest = text, *word;
	int argc = 0, operand;

	try_begin();
	(void)copy_text(text, sizeof(text), line);
	argv[argc++] = self;
	while ((word = cut_word(&rest)))
		argv[argc++] = word;
	argv[argc] = NULL;
	operand = options_read(&try_spec, argc, argv);
	if (operand >= 0 && operand < argc)
		try_spec.argv = argv + operand;
	return operand >= 0;
}

static inline bool try_config(const char *config)
{
	static char text[65536];

	try_begin();
	(void)copy_text(text, sizeof(text), config);
	return config_parse(&try_spec, text, "x.conf") == 0;
}

static inline const char *try_print(const struct spec *spec, char *buf,
				    size_t size)
{
	int fd = memfd_create("print", MFD_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0 && spec_print(spec, fd) == 0)
		n = pread(fd, buf, size - 1, 0);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

/* Does the finished spec, printed and read, print the same again, also when it
 * is finished once more? */
static inline bool try_round_trip(void)
{
	static char first[65536], second[65536], third[65536];

	if (spec_finish(&try_spec) < 0)
		return false;
	try_print(&try_spec, first, sizeof(first));
	if (!try_config(first))
		return false;
	try_print(&try_spec, second, sizeof(second));
	if (spec_finish(&try_spec) < 0)
		return false;
	try_print(&try_spec, third, sizeof(third));
	return strcmp(first, second) == 0 && strcmp(first, third) == 0;
}
