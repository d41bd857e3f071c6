/* cr_find.c - the processes of a container, parents before their children */
#include "cr_find.h"

#include <dirent.h>
#include <string.h>

#include "common/report.h"
#include "common/text.h"
#include "cr_proc.h"

enum { STATUS_MAX = 8192 };

static pid_t parents[CR_PROCESSES_MAX]; /* on the host */

/* Of one that is there; 0: it is gone. */
static int read_process(struct cr_held *p, pid_t *parent, pid_t pid)
{
	char text[STATUS_MAX];
	const char *state;
	unsigned int depth;

	if (cr_proc_read(pid, "status", text, sizeof(text)) < 0)
		return 0;
	state = cr_field(text, "State");
	*p = (struct cr_held){
		.pid = pid,
		.inner = cr_inner(text, "NSpid", &depth),
		.pgid = cr_inner(text, "NSpgid", &depth),
		.sid = cr_inner(text, "NSsid", &depth),
		.zombie = state && state[1] == 'Z',
	};
	*parent = (pid_t)cr_number(text, "PPid", 10);
	return 1;
}

/* Whose namespace is another one stays there: in the next round he is not asked
 * again.  A rare bit of what is zeroes otherwise. */
static uint8_t strangers[CR_PID_MAX / 8 + 1];

static bool is_member(pid_t pid, const char *namespace)
{
	uint8_t *byte = strangers + pid / 8, bit = (uint8_t)(1 << pid % 8);
	char theirs[64];

	if (*byte & bit ||
	    cr_proc_link(pid, "ns/pid", theirs, sizeof(theirs)) < 0)
		return false;
	if (strcmp(theirs, namespace) == 0)
		return true;
	*byte |= bit;
	return false;
}

/* All whose pid namespace is that one, in any order. */
static int list_members(struct cr_seized *s, const char *namespace)
{
	DIR *list = opendir("/proc");
	const struct dirent *entry;
	int result = 0;

	if (!list)
		return fail("cannot list '/proc'");
	s->process_count = 0;
	while (result == 0 && (entry = readdir(list))) {
		uint64_t pid;

		if (parse_uint(entry->d_name, CR_PID_MAX, &pid) < 0 ||
		    !is_member((pid_t)pid, namespace))
			continue;
		if (s->process_count == CR_PROCESSES_MAX)
			result = failx(
				"cannot checkpoint more than %d processes",
				CR_PROCESSES_MAX);
		else if (read_process(s->processes + s->process_count,
				      parents + s->process_count, (pid_t)pid))
			s->process_count++;
	}
	closedir(list);
	return result;
}

static void swap(struct cr_seized *s, size_t a, size_t b)
{
	struct cr_held held = s->processes[a];
	pid_t parent = parents[a];

	s->processes[a] = s->processes[b];
	parents[a] = parents[b];
	s->processes[b] = held;
	parents[b] = parent;
}

/* From outside: its session and group are those of somebody out there. */
static void adopt(struct cr_held *p, const struct cr_held *parent)
{
	p->parent = parent ? parent->inner : 1;
	if (p->sid == 0)
		p->sid = parent ? parent->sid : p->inner;
	if (p->pgid == 0)
		p->pgid = parent ? parent->pgid : p->inner;
}

/* Who is not init's or a descendant's has been put in by "launch exec", and
 * becomes init's child. */
static bool is_in(const struct cr_seized *s, pid_t pid)
{
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i].pid == pid)
			return true;
	return false;
}

/* Place all children of a process that is placed, or (NULL) one from outside. */
static void place(struct cr_seized *s, size_t *placed,
		  const struct cr_held *parent)
{
	for (size_t k = *placed; k < s->process_count; k++) {
		if (parent ? parents[k] != parent->pid : is_in(s, parents[k]))
			continue;
		adopt(s->processes + k, parent);
		swap(s, (*placed)++, k);
		if (!parent)
			return;
	}
}

/* Parents first. */
static void put_in_order(struct cr_seized *s)
{
	size_t placed = 1, i = 0;

	while (placed < s->process_count) {
		size_t before = placed;

		if (i < placed) {
			place(s, &placed, s->processes + i++);
			continue;
		}
		place(s, &placed, NULL);
		if (placed == before)
			break; /* a parent has just died: another round */
	}
	s->process_count = placed;
}

int cr_find_processes(struct cr_seized *s, pid_t init)
{
	char namespace[64];

	if (cr_proc_link(init, "ns/pid", namespace, sizeof(namespace)) < 0)
		return fail("cannot find the processes of the container");
	if (list_members(s, namespace) < 0)
		return -1;
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i].pid == init)
			swap(s, 0, i);
	if (s->process_count == 0 || s->processes[0].pid != init)
		return failx(
			"cannot find the processes of the container: it has ended");
	put_in_order(s);
	return 0;
}
