/* prune.c - launch prune: clear away what killed launchers left */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "common/json.h"
#include "launcher/container.h"
#include "launcher/container_prune.h"
#include "launcher/container_rundir.h"
#include "launcher/process.h"

static struct container container; /* large */
static struct json json;

static void put_name(const char *name)
{
	json_text(&json, NULL, name);
}

static void print_name(const char *name)
{
	dprintf(STDOUT_FILENO, "%s\n", name);
}

int cmd_prune(const struct args *args)
{
	container_init(&container);
	if (container_open_rundir(&container, args->state_dir) < 0 &&
	    errno != ENOENT)
		return STATUS_FAILED;
	container.has_neighbours = container.rundir >= 0;
	if (!args->json) {
		container_prune(&container, print_name);
		return 0;
	}
	json_begin(&json, STDOUT_FILENO);
	json_array(&json, NULL);
	container_prune(&container, put_name);
	json_close(&json);
	return json_end(&json) < 0 ? STATUS_FAILED : 0;
}
