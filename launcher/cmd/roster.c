/* roster.c - all containers, and what they use: for list, stats and top
 *
 * Where a container has no cgroup for something, its processes are asked: those
 * in its pid namespace, found in one walk over /proc.
 */
#include "roster.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "common/json.h"
#include "common/proc.h"
#include "common/report.h"
#include "common/text.h"
#include "launcher/container.h"

enum { US_PER_TICK = 10000 };

struct reading {
	struct roster *roster;
	const char *name;
	ino_t own_namespace;
};

static ino_t namespace_of(pid_t pid)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* "  eth0: RECEIVED 7 numbers SENT ...", a line for each interface. */
static void read_net(struct member *m)
{
	char path[40], text[8192];
	char *line = text, *rest;

	m->received = m->sent = CGROUP_UNKNOWN;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", m->pid);
	if (read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	m->received = m->sent = 0;
	for (; line; line = rest) {
		uint64_t n = 0;
		char *word, *numbers;

		rest = split_at(line, '\n');
		numbers = split_at(line, ':');
		if (!numbers || strstr(line, " lo"))
			continue;
		for (int i = 0; i < 9 && (word = cut_word(&numbers)); i++) {
			if (parse_uint(word, UINT64_MAX, &n) < 0)
				break;
			if (i == 0)
				m->received += n;
			else if (i == 8)
				m->sent += n;
		}
	}
}

static void copy_addresses(struct member *m, const struct net *net)
{
	for (size_t i = 0; i < net->count; i++)
		for (size_t k = 0; k < net->links[i].inside_count &&
				   m->address_count < ROSTER_ADDRESSES_MAX;
		     k++)
			copy_text(m->addresses[m->address_count++],
				  ADDRESS_TEXT,
				  format_host_address(&net->links[i].inside[k])
					  .text);
}

static void copy_rootfs(struct member *m, const char *rootfs)
{
	size_t len = strlen(rootfs), most = sizeof(m->rootfs) - 1;

	copy_text(m->rootfs, sizeof(m->rootfs),
		  len > most ? rootfs + len - most : rootfs);
}

static void add(struct container *c, void *arg)
{
	struct reading *r = arg;
	struct member *m = r->roster->members + r->roster->count;

	if (r->name && strcmp(r->name, c->name) != 0)
		return;
	if (r->roster->count == ROSTER_MAX) {
		r->roster->overflow = true;
		return;
	}
	r->roster->count++;
	memset(m, 0, sizeof(*m));
	copy_text(m->name, sizeof(m->name), c->name);
	copy_rootfs(m, c->rootfs);
	m->life = container_life(c);
	m->received = m->sent = CGROUP_UNKNOWN;
	copy_addresses(m, &c->net);
	cgroup_read_stats(&c->cgroup, &m->stats);
	if (m->life != LIFE_RUNNING)
		return;
	m->pid = c->pid;
	m->start_time = c->start_time;
	m->age_ms = proc_age_ms(c->start_time);
	m->frozen = cgroup_is_frozen(&c->cgroup);
	m->pid_namespace = namespace_of(c->pid);
	if (m->pid_namespace == r->own_namespace)
		m->pid_namespace = 0; /* --pid host */
	read_net(m);
}

static void add_up(uint64_t *sum, uint64_t n)
{
	*sum = *sum == CGROUP_UNKNOWN ? n : *sum + n;
}

/* What a process says it has read and written itself. */
static void add_io(struct cgroup_stats *sum, pid_t pid)
{
	char path[32], text[512];
	char *rest = text, *line;
	uint64_t n;

	snprintf(path, sizeof(path), "/proc/%d/io", pid);
	if (read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	while ((line = rest)) {
		rest = split_at(line, '\n');
		if (starts_with(line, "read_bytes: ") &&
		    parse_uint(line + 12, UINT64_MAX, &n) == 0)
			add_up(&sum->read_bytes, n);
		else if (starts_with(line, "write_bytes: ") &&
			 parse_uint(line + 13, UINT64_MAX, &n) == 0)
			add_up(&sum->written_bytes, n);
	}
}

static void add_process(struct cgroup_stats *sum, pid_t pid)
{
	uint64_t page = getauxval(AT_PAGESZ);
	struct proc_stat stat;

	if (proc_stat(pid, &stat) < 0)
		return;
	add_up(&sum->cpu_us, stat.cpu_ticks * US_PER_TICK);
	add_up(&sum->memory, stat.rss_pages * page);
	add_up(&sum->pids, 1);
	add_io(sum, pid);
}

static struct member *of_namespace(struct roster *roster, ino_t ns)
{
	for (size_t i = 0; ns && i < roster->count; i++)
		if (roster->members[i].pid_namespace == ns)
			return roster->members + i;
	return NULL;
}

static struct cgroup_stats sums[ROSTER_MAX]; /* large; of the processes */

static void sum_processes(struct roster *roster)
{
	DIR *list = opendir("/proc");
	const struct dirent *entry;
	const struct member *m;
	uint64_t pid;

	memset(sums, 0xff, roster->count * sizeof(sums[0]));
	while (list && (entry = readdir(list)))
		if (parse_uint(entry->d_name, INT_MAX, &pid) == 0 &&
		    (m = of_namespace(roster, namespace_of((pid_t)pid))))
			add_process(&sums[m - roster->members], (pid_t)pid);
	if (list)
		closedir(list);
}

static void fill_gaps(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++) {
		uint64_t *have = (uint64_t *)&roster->members[i].stats;
		const uint64_t *sum = (const uint64_t *)&sums[i];

		for (size_t k = 0; k < sizeof(sums[0]) / sizeof(*sum); k++)
			if (have[k] == CGROUP_UNKNOWN)
				have[k] = sum[k];
	}
}

/* Shell's sort: a few thousand at most. */
static void sort(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->sorted[i] = r->members + i;
	for (size_t gap = r->count / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < r->count; i++)
			for (size_t k = i;
			     k >= gap && strcmp(r->sorted[k - gap]->name,
						r->sorted[k]->name) > 0;
			     k -= gap) {
				struct member *m = r->sorted[k];

				r->sorted[k] = r->sorted[k - gap];
				r->sorted[k - gap] = m;
			}
}

int roster_read(struct roster *roster, const char *state_dir, const char *name)
{
	static struct container c; /* large */
	struct reading r = { .roster = roster, .name = name };

	r.own_namespace = namespace_of(getpid());
	roster->count = 0;
	roster->overflow = false;
	if (container_each(&c, state_dir, add, &r) < 0)
		return -1;
	if (name && roster->count == 0)
		return failx(
			"cannot find '%s': there is no container of that name",
			name);
	if (roster->overflow)
		warnx("there are more than %d containers", ROSTER_MAX);
	if (roster->count > 0) {
		sum_processes(roster);
		fill_gaps(roster);
		sort(roster);
	}
	return 0;
}

const char *member_state(const struct member *m)
{
	return m->frozen ? "frozen" : container_life_name(m->life);
}

struct size_text size_text(uint64_t bytes)
{
	static const char units[] = "BKMGTP";
	struct size_text t = { "-" };
	size_t unit = 0;
	uint64_t tenths = bytes * 10;

	if (bytes == CGROUP_UNKNOWN)
		return t;
	if (bytes > UINT64_MAX / 10)
		tenths = UINT64_MAX;
	for (; tenths >= 10240 && units[unit + 1]; unit++)
		tenths /= 1024;
	if (unit == 0)
		snprintf(t.text, sizeof(t.text), "%" PRIu64, bytes);
	else
		snprintf(t.text, sizeof(t.text), "%" PRIu64 ".%" PRIu64 "%c",
			 tenths / 10, tenths % 10, units[unit]);
	return t;
}

struct size_text age_text(uint64_t ms)
{
	struct size_text t;
	uint64_t s = ms / 1000;

	if (s < 60)
		snprintf(t.text, sizeof(t.text), "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(t.text, sizeof(t.text), "%" PRIu64 "m%" PRIu64 "s",
			 s / 60, s % 60);
	else if (s < 86400)
		snprintf(t.text, sizeof(t.text), "%" PRIu64 "h%" PRIu64 "m",
			 s / 3600, s / 60 % 60);
	else
		snprintf(t.text, sizeof(t.text), "%" PRIu64 "d%" PRIu64 "h",
			 s / 86400, s / 3600 % 24);
	return t;
}

void json_known(struct json *j, const char *key, uint64_t number)
{
	if (number == CGROUP_UNKNOWN)
		json_text(j, key, NULL);
	else
		json_number(j, key, number);
}
