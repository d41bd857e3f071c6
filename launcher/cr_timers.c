/* cr_timers.c - timers of timer_create(2), into an image and back */
#include "cr_timers.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/text.h"
#include "cr_proc.h"
#include "cr_remote.h"
#include "cr_seize.h"

enum {
	TEXT_MAX = 1 << 17, /* some thousand timers */
	RESTORE_IDS = 77,   /* PR_TIMER_CREATE_RESTORE_IDS */
	ID_MAX = 1 << 16,   /* that is counted up to */
};

/* What is in the scratch memory. */
struct wish {
	struct {
		uint64_t value;
		int32_t signal, notify, tid, pad[11];
	} event;
	int64_t when[4];
	int32_t id;
};

/* As the container counts. */
static int32_t inner_tid(uint64_t tid)
{
	char text[8192];
	unsigned int depth;

	if (cr_proc_read((pid_t)tid, "status", text, sizeof(text)) < 0)
		return 0;
	return cr_inner(text, "NSpid", &depth);
}

/* "signal: 14/00007ffd5c9e4b10", "notify: signal/tid.1234", "ClockID: -6" */
static void parse_timer(const char *text, struct cr_timer *t)
{
	const char *at;
	uint64_t n;

	at = cr_field(text, "signal");
	if (at && cr_scan(&at, 10, &n)) {
		t->signal = (uint32_t)n;
		at += *at == '/';
		cr_scan(&at, 16, &t->value);
	}
	at = cr_field(text, "notify");
	if (at) {
		at += *at == ' ';
		t->notify = starts_with(at, "none")     ? SIGEV_NONE
			    : starts_with(at, "thread") ? SIGEV_THREAD
							: SIGEV_SIGNAL;
		at = strchr(at, '/');
	}
	if (at && starts_with(at, "/tid.")) {
		at += strlen("/tid.");
		t->notify |= SIGEV_THREAD_ID;
		cr_scan(&at, 10, &n);
		t->tid = inner_tid(n);
	}
	at = cr_field(text, "ClockID");
	if (at && starts_with(at, " -")) { /* of a process or a thread */
		at += strlen(" -");
		cr_scan(&at, 10, &n);
		t->clock = -(int32_t)n;
	} else {
		t->clock = (int32_t)cr_number(text, "ClockID", 10);
	}
}

int cr_timers_dump(struct cr_image *image, const struct cr_held *p,
		   struct cr_remote *r)
{
	static char text[TEXT_MAX];
	const char *at = text;

	if (cr_proc_read(p->pid, "timers", text, sizeof(text)) < 0)
		return errno == ENOENT ? 0 : -1; /* a kernel without */
	while ((at = cr_field(at, "ID"))) {
		struct cr_timer *t = cr_add(image, CR_TIMER, sizeof(*t));
		uint64_t id;

		cr_scan(&at, 10, &id);
		t->id = (int32_t)id;
		parse_timer(at, t);
		if (cr_call(r, SYS_timer_gettime, id, r->scratch) < 0 ||
		    cr_peek(r->tid, r->scratch, t->when, sizeof(t->when)) < 0)
			return -1;
	}
	return 0;
}

/* The one with the lowest number above that. */
static const struct cr_timer *next_timer(const struct cr_image *image,
					 const struct cr_process *p,
					 int32_t above)
{
	const struct cr_timer *t, *found = NULL;

	cr_each (t, image, p, CR_TIMER, CR_OF_PROCESS)
		if (t->id > above && (!found || t->id < found->id))
			found = t;
	return found;
}

static int create(struct cr_remote *r, const struct cr_timer *t)
{
	const uint64_t event = r->scratch,
		       id = r->scratch + offsetof(struct wish, id);
	struct wish wish = {
		.event = { t->value, (int32_t)t->signal, (int32_t)t->notify,
			   t->tid },
		.id = t->id,
	};

	memcpy(wish.when, t->when, sizeof(wish.when));
	do {
		if (cr_poke(r->tid, r->scratch, &wish, sizeof(wish)) < 0 ||
		    cr_call(r, SYS_timer_create, (uint64_t)t->clock, event,
			    id) < 0 ||
		    cr_peek(r->tid, id, &wish.id, sizeof(wish.id)) < 0)
			return -1;
		if (wish.id == t->id)
			return 0;
		/* What is in the way. */
		cr_call(r, SYS_timer_delete, (uint64_t)wish.id);
	} while (wish.id < t->id && t->id < ID_MAX);
	errno = EEXIST;
	return -1;
}

int cr_timers_restore(struct cr_remote *r, const struct cr_image *image,
		      const struct cr_process *p)
{
	const uint64_t when = r->scratch + offsetof(struct wish, when);
	const struct cr_timer *t = next_timer(image, p, -1);
	bool wished;

	if (!t)
		return 0;
	/* Where that is not known they are counted up to. */
	wished = cr_call(r, SYS_prctl, RESTORE_IDS, 1, 0, 0, 0) == 0;
	for (; t; t = next_timer(image, p, t->id))
		if (create(r, t) < 0 ||
		    cr_call(r, SYS_timer_settime, (uint64_t)t->id, 0, when, 0) <
			    0)
			return -1;
	return wished && cr_call(r, SYS_prctl, RESTORE_IDS, 0, 0, 0, 0) < 0 ? -1
									    : 0;
}
