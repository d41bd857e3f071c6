/* top.c - launch top: a live table of what containers use
 *
 * Plain ANSI: home, clear to the end of each line, clear what is below.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "common/clock.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "launcher/process.h"
#include "roster.h"

enum { HISTORY = 16, TOP_MAX = 256, INTERVAL_MS = 1000 };

/* What a row was like before: the last readings, in thousandths of a CPU. */
static struct past {
	char name[SPEC_NAME_MAX + 1];
	uint64_t cpu_us, start_time;
	unsigned char levels[HISTORY]; /* 0 to 8; the last is the newest */
	bool seen;
} pasts[TOP_MAX];

static struct roster roster; /* large */

static struct past *past_of(const struct member *m)
{
	struct past *unused = NULL;

	for (struct past *p = pasts; p < pasts + TOP_MAX; p++) {
		if (strcmp(p->name, m->name) == 0 &&
		    p->start_time == m->start_time)
			return p;
		if (!p->seen && !unused)
			unused = p;
	}
	if (!unused)
		return NULL;
	*unused = (struct past){ .cpu_us = m->stats.cpu_us,
				 .start_time = m->start_time };
	copy_text(unused->name, sizeof(unused->name), m->name);
	return unused;
}

/* Thousandths of a CPU since the last time. */
static unsigned int load_of(struct past *p, const struct member *m,
			    int64_t elapsed_us)
{
	uint64_t now = m->stats.cpu_us, milli = 0;

	if (now != CGROUP_UNKNOWN && now > p->cpu_us && elapsed_us > 0)
		milli = (now - p->cpu_us) * 1000 / (uint64_t)elapsed_us;
	p->cpu_us = now;
	p->seen = true;
	memmove(p->levels, p->levels + 1, HISTORY - 1);
	p->levels[HISTORY - 1] =
		milli > 1000 ? 8 : (unsigned char)((milli * 8 + 999) / 1000);
	return (unsigned int)milli;
}

static void print_row(const struct member *m, int64_t elapsed_us)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄",
					      "▅", "▆", "▇", "█" };
	struct past *p = past_of(m);
	unsigned int milli = p ? load_of(p, m, elapsed_us) : 0;
	char line[HISTORY * 4 + 1] = "";
	size_t len = 0;

	for (int i = 0; p && i < HISTORY; i++)
		len += snprintf(line + len, sizeof(line) - len, "%s",
				blocks[p->levels[i]]);
	dprintf(STDOUT_FILENO,
		"%-15s %-10s %4u.%u%% %s %8s %5s %8s %8s\033[K\r\n", m->name,
		member_state(m), milli / 10, milli % 10, line,
		size_text(m->stats.memory).text, size_text(m->stats.pids).text,
		size_text(m->received).text, size_text(m->sent).text);
}

static void print_table(int64_t elapsed_us)
{
	dprintf(STDOUT_FILENO,
		"\033[H\033[7m%-15s %-10s %7s %-16s %8s %5s %8s %8s"
		"\033[m\033[K\r\n",
		"NAME", "STATE", "CPU", "", "MEMORY", "PIDS", "RECEIVED",
		"SENT");
	for (struct past *p = pasts; p < pasts + TOP_MAX; p++)
		p->seen = false;
	for (size_t i = 0; i < roster.count; i++)
		print_row(roster.sorted[i], elapsed_us);
	dprintf(STDOUT_FILENO, "\033[J");
}

/* Until the time has passed: true; a signal or a key: false. */
static bool wait_for(int signals, int64_t ms)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1,
		  .events = POLLIN },
	};

	return poll(fds, 2, (int)ms) == 0;
}

int cmd_top(const struct args *args)
{
	int64_t interval_ms = INTERVAL_MS, last = now_us();
	uint64_t rounds = UINT64_MAX, old;
	int signals;

	if (args->interval &&
	    (parse_duration(args->interval, &interval_ms) < 0 ||
	     interval_ms < 10 || interval_ms > 3600000))
		return command_bad(args->interval, "interval", "10ms to 60m");
	if (args->rounds && parse_uint(args->rounds, UINT64_MAX, &rounds) < 0)
		return command_bad(args->rounds, "rounds", "a number");
	signals_block_all(&old);
	signals = signals_open();
	dprintf(STDOUT_FILENO, "\033[2J");
	for (; rounds > 0; rounds--) {
		int64_t now = now_us();

		if (roster_read(&roster, args->state_dir, NULL) < 0)
			return STATUS_FAILED;
		print_table(now - last);
		last = now;
		if (rounds > 1 && !wait_for(signals, interval_ms))
			break;
	}
	return 0;
}
