/* stats.c - launch stats: what containers use */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "common/json.h"
#include "launcher/process.h"
#include "roster.h"

static struct roster roster; /* large */

static void print_json(void)
{
	struct json j;

	json_begin(&j, STDOUT_FILENO);
	json_array(&j, NULL);
	for (size_t i = 0; i < roster.count; i++) {
		const struct member *m = roster.sorted[i];

		json_object(&j, NULL);
		json_text(&j, "name", m->name);
		json_known(&j, "cpu_us", m->stats.cpu_us);
		json_known(&j, "memory", m->stats.memory);
		json_known(&j, "memory_peak", m->stats.memory_peak);
		json_known(&j, "pids", m->stats.pids);
		json_known(&j, "read_bytes", m->stats.read_bytes);
		json_known(&j, "written_bytes", m->stats.written_bytes);
		json_known(&j, "received_bytes", m->received);
		json_known(&j, "sent_bytes", m->sent);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
}

static void print_line(const struct member *m)
{
	char cpu[32] = "-", pids[24] = "-";
	uint64_t ms = m->stats.cpu_us / 1000;

	if (m->stats.cpu_us != CGROUP_UNKNOWN)
		snprintf(cpu, sizeof(cpu), "%" PRIu64 ".%03u", ms / 1000,
			 (unsigned int)(ms % 1000));
	if (m->stats.pids != CGROUP_UNKNOWN)
		snprintf(pids, sizeof(pids), "%" PRIu64, m->stats.pids);
	dprintf(STDOUT_FILENO, "%-15s %9s %8s %8s %5s %8s %8s %8s %8s\n",
		m->name, cpu, size_text(m->stats.memory).text,
		size_text(m->stats.memory_peak).text, pids,
		size_text(m->stats.read_bytes).text,
		size_text(m->stats.written_bytes).text,
		size_text(m->received).text, size_text(m->sent).text);
}

int cmd_stats(const struct args *args)
{
	const char *name = args->count > 0 ? args->operands[0] : NULL;

	if (roster_read(&roster, args->state_dir, name) < 0)
		return STATUS_FAILED;
	if (args->json) {
		print_json();
		return 0;
	}
	dprintf(STDOUT_FILENO, "%-15s %9s %8s %8s %5s %8s %8s %8s %8s\n",
		"NAME", "CPU SECS", "MEMORY", "PEAK", "PIDS", "READ", "WRITTEN",
		"RECEIVED", "SENT");
	for (size_t i = 0; i < roster.count; i++)
		print_line(roster.sorted[i]);
	return 0;
}
