/* cr_obstacle.c - what keeps a container from being checkpointed */
#include "cr_obstacle.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/json.h"
#include "common/report.h"
#include "cr_proc.h"
#include "cr_seize.h"

static struct json *told; /* NULL: as text */
static bool listing;
static size_t count;
static const char *whole = "";

void cr_obstacle_of(const char *container)
{
	whole = container;
}

void cr_obstacle_list(struct json *list)
{
	listing = true;
	told = list;
}

size_t cr_obstacle_count(void)
{
	return count;
}

static void tell(const struct cr_held *p, const char *text)
{
	if (!told) {
		if (p)
			dprintf(STDOUT_FILENO, "process %d (%s): %s\n",
				p->inner, cr_proc_name(p->pid), text);
		else
			dprintf(STDOUT_FILENO, "container: %s\n", text);
		return;
	}
	json_object(told, NULL);
	if (p) {
		json_number(told, "pid", (uint64_t)p->inner);
		json_text(told, "name", cr_proc_name(p->pid));
	}
	json_text(told, "reason", text);
	json_close(told);
}

int cr_obstacle(const struct cr_held *p, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	count++;
	if (listing) {
		tell(p, text);
		return 0;
	}
	if (p)
		return failx("cannot checkpoint process %d (%s): %s", p->inner,
			     cr_proc_name(p->pid), text);
	return failx("cannot checkpoint '%s': %s", whole, text);
}
