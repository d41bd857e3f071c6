/* list.c - launch list: the containers there are */
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "common/json.h"
#include "launcher/process.h"
#include "roster.h"

static struct roster roster; /* large, and touched only as far as used */

static void print_json(void)
{
	struct json j;

	json_begin(&j, STDOUT_FILENO);
	json_array(&j, NULL);
	for (size_t n = 0; n < roster.count; n++) {
		const struct member *m = roster.sorted[n];

		json_object(&j, NULL);
		json_text(&j, "name", m->name);
		json_text(&j, "state", member_state(m));
		json_known(&j, "pid",
			   m->pid ? (uint64_t)m->pid : CGROUP_UNKNOWN);
		json_number(&j, "uptime_ms", m->age_ms);
		json_array(&j, "addresses");
		for (size_t i = 0; i < m->address_count; i++)
			json_text(&j, NULL, m->addresses[i]);
		json_close(&j);
		json_known(&j, "memory", m->stats.memory);
		json_text(&j, "rootfs", m->rootfs);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
}

static void print_line(const struct member *m)
{
	dprintf(STDOUT_FILENO, "%-15s %7d %-10s %8s %-15s %7s %s\n", m->name,
		m->pid, member_state(m),
		m->pid ? age_text(m->age_ms).text : "-",
		m->address_count ? m->addresses[0] : "-",
		size_text(m->stats.memory).text, m->rootfs);
}

int cmd_list(const struct args *args)
{
	if (roster_read(&roster, args->state_dir, NULL) < 0)
		return STATUS_FAILED;
	if (args->json) {
		print_json();
		return 0;
	}
	dprintf(STDOUT_FILENO, "%-15s %7s %-10s %8s %-15s %7s %s\n", "NAME",
		"PID", "STATE", "UPTIME", "ADDRESS", "MEMORY", "ROOTFS");
	for (size_t i = 0; i < roster.count; i++)
		print_line(roster.sorted[i]);
	return 0;
}
