/* cr_memories.c - the memory of all processes of a container, into an image */
#include "cr_memories.h"

#include "cr_copy.h"
#include "cr_extents.h"
#include "cr_ranges.h"
#include "cr_snapshot.h"
#include "cr_track.h"

/* What is copied while nobody goes on: 6 ms of standing still, also of small pieces. */
enum { HELD_MAX = 1 << 25, PIECE_COST = 1 << 14 };

static int plan(struct cr_memories *m, size_t i, const struct cr_held *p)
{
	return cr_plan_make(m->plans + i,
			    cr_track_knows(p) ? CR_PLAN_SINCE : CR_PLAN_ALL,
			    m->image, p, m->records[i]);
}

int cr_memories_meet(struct cr_memories *m, size_t i,
		     const struct cr_process *record)
{
	const struct cr_held *p = m->seized->processes + i;

	m->records[i] = record;
	if (p->zombie)
		return 0;
	if (m->track)
		cr_track_open(m->seized, p);
	if (cr_track_knows(p)) {
		if (plan(m, i, p) < 0)
			return -1;
		if (m->plans[i].bytes + m->plans[i].count * PIECE_COST <=
		    HELD_MAX)
			return 0;
	}
	m->copied[i] =
		m->leave && cr_snapshot_take(m->image, m->seized, p, record);
	return 0;
}

/* All of them before the first is protected: they may share their memory. */
static int plan_all(struct cr_memories *m)
{
	for (size_t i = 0; i < m->seized->process_count; i++) {
		const struct cr_held *p = m->seized->processes + i;

		if (!p->zombie && !m->plans[i].pieces && plan(m, i, p) < 0)
			return -1;
	}
	return 0;
}

static void protect_all(struct cr_memories *m)
{
	cr_track_take();
	for (size_t i = 0; i < m->seized->process_count; i++) {
		const struct cr_held *p = m->seized->processes + i;

		if (!p->zombie)
			cr_track_protect(m->image, p, m->records[i]);
	}
}

/* Of who goes on without a snapshot, or ends, while it is held. */
static int advise(struct cr_memories *m, size_t i, pid_t like)
{
	const struct cr_held *p = m->seized->processes + i;

	if (!cr_ranges_wait(p))
		return 0;
	if (!m->copied[i] && cr_ranges_recall(m->image, p, m->records[i])) {
		m->recalled[i] = true;
		return 0;
	}
	return cr_ranges_finish(m->image, p, like, m->records[i]);
}

/* What is not planned is so now: a snapshot has all marks but those of what is
 * tracked. */
static int prepare(struct cr_memories *m, size_t i, bool copied)
{
	const struct cr_held *p = m->seized->processes + i;
	struct cr_held there = copied ? cr_snapshot_of(p) : *p;

	if (advise(m, i, there.pid) < 0)
		return -1;
	if (!m->plans[i].pieces && plan(m, i, &there) < 0)
		return -1;
	m->plans[i].pid = there.pid;
	m->plans[i].snapshot = copied;
	return 0;
}

/* Of all that have a snapshot, or have none. */
static int copy(struct cr_memories *m, bool copied)
{
	size_t count = 0;

	for (size_t i = 0; i < m->seized->process_count; i++) {
		if (m->seized->processes[i].zombie || m->copied[i] != copied)
			continue;
		if (prepare(m, i, copied) < 0)
			return -1;
		m->ready[count++] = m->plans + i;
	}
	if (cr_copy(m->image, m->ready, count) < 0)
		return -1;
	cr_extents_add(m->image, m->ready, count);
	return 0;
}

int cr_memories_hold(struct cr_memories *m)
{
	if ((m->since || m->track) && plan_all(m) < 0)
		return -1;
	if (m->track)
		protect_all(m);
	return copy(m, false);
}

int cr_memories_finish(struct cr_memories *m)
{
	for (size_t i = 0; i < m->seized->process_count; i++)
		if (m->recalled[i] &&
		    cr_ranges_confirm(m->seized->processes + i) < 0)
			return -1;
	return copy(m, true);
}
