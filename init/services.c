/* services.c - all of them: what the inittab says, as it stands now */
#include "services.h"

#include <signal.h>
#include <string.h>

#include "common/clock.h"
#include "service.h"

enum { SERVICES_MAX = INITTAB_LINES_MAX + 32 }; /* some without a line */

/* Aligned, as many are to lie on one page. */
static struct service services[SERVICES_MAX] __attribute__((aligned(4096)));
static unsigned int count;
static char level;

unsigned int services_count(void)
{
	return count;
}

struct service *service_at(unsigned int index)
{
	return &services[index];
}

static struct service *find_among(struct service *list, unsigned int n,
				  const char *name)
{
	for (unsigned int i = 0; i < n; i++)
		if (!list[i].removed && strcmp(list[i].line->name, name) == 0)
			return &list[i];
	return NULL;
}

struct service *service_find(const char *name)
{
	return find_among(services, count, name);
}

/* What an edited inittab now has at this place; is it to be started? */
static bool take_line(struct service *s, const struct line *line)
{
	const struct line *old = s->line;
	bool kept = line->action & (ACTION_RESPAWN | ACTION_ASKFIRST);
	/* Who was stopped by hand stays so. */
	bool held = old && old->action == line->action && !s->failed &&
		    s->state == SERVICE_DOWN;

	if (old && old->hash == line->hash) {
		s->line = line;
		return false;
	}
	if (old)
		service_handle(s, SERVICE_STOP);
	s->line = line;
	return kept && !held && line_is_for(line, level);
}

static void remove_service(struct service *s)
{
	if (s->pid == 0)
		return;
	/* Its line's text does not outlive another reload. */
	if (s->removed || count == SERVICES_MAX) {
		kill(-s->pid, SIGKILL);
		return;
	}
	service_handle(s, SERVICE_STOP);
	s->removed = true;
	s->again = false;
	services[count++] = *s;
}

void services_load(const struct inittab *tab)
{
	static struct service before[SERVICES_MAX];
	unsigned int before_count = count;
	bool first = count == 0, wanted[INITTAB_LINES_MAX] = { 0 };

	memcpy(before, services, count * sizeof(*services));
	for (count = 0; count < tab->count; count++) {
		const struct line *line = &tab->lines[count];
		struct service *s = &services[count];
		struct service *old =
			find_among(before, before_count, line->name);

		*s = old ? *old : (struct service){ 0 };
		wanted[count] = take_line(s, line);
		if (old)
			old->pid = 0;
	}
	for (unsigned int i = 0; i < before_count; i++)
		remove_service(&before[i]);
	for (unsigned int i = 0; i < tab->count && !first; i++)
		if (wanted[i])
			service_handle(&services[i], SERVICE_START);
}

void services_set_level(char new_level)
{
	level = new_level;
}

char services_level(void)
{
	return level;
}

static bool is_wanted(const struct service *s, unsigned int actions)
{
	return s->line->action & actions && !s->removed &&
	       line_is_for(s->line, level);
}

void services_start(unsigned int actions)
{
	for (unsigned int i = 0; i < count; i++)
		if (is_wanted(&services[i], actions))
			service_handle(&services[i], SERVICE_START);
}

bool services_have(unsigned int actions)
{
	for (unsigned int i = 0; i < count; i++)
		if (is_wanted(&services[i], actions))
			return true;
	return false;
}

bool services_are_ready(const struct line_set *set)
{
	for (unsigned int i = 0; i < count && i < INITTAB_LINES_MAX; i++)
		if (line_set_has(set, i) && !service_is_ready(&services[i]))
			return false;
	return true;
}

bool services_are_parked(void)
{
	for (unsigned int i = 0; i < count; i++)
		if (services[i].state == SERVICE_PARKED)
			return true;
	return false;
}

void services_stop_others(void)
{
	for (unsigned int i = 0; i < count; i++) {
		struct service *s = &services[i];

		if (s->line->action & (ACTION_RESPAWN | ACTION_ASKFIRST) &&
		    !line_is_for(s->line, level))
			service_handle(s, SERVICE_STOP);
	}
}

void services_freeze(void)
{
	service_freeze();
	for (unsigned int i = 0; i < count; i++)
		if (services[i].pid == 0)
			service_handle(&services[i], SERVICE_STOP);
}

/* Those without a line stand last. */
static void forget_removed(void)
{
	while (count > 0 && services[count - 1].removed &&
	       services[count - 1].pid == 0)
		count--;
}

void services_reaped(pid_t pid, int status)
{
	for (unsigned int i = 0; i < count; i++) {
		struct service *s = &services[i];

		if (s->pid != pid)
			continue;
		s->pid = 0;
		s->status = status;
		s->ended = true;
		service_handle(s, SERVICE_EXITED);
		forget_removed();
		return;
	}
}

int64_t services_wake_ms(void)
{
	int64_t next = INT64_MAX;

	for (unsigned int i = 0; i < count; i++)
		if (services[i].wake_ms && services[i].wake_ms < next)
			next = services[i].wake_ms;
	return next;
}

static unsigned int count_up(void)
{
	unsigned int up = 0;

	for (unsigned int i = 0; i < count; i++)
		up += services[i].state == SERVICE_UP;
	return up;
}

void services_tick(void)
{
	int64_t now = now_ms();
	unsigned int up;

	for (unsigned int i = 0; i < count; i++) {
		if (!services[i].wake_ms || services[i].wake_ms > now)
			continue;
		services[i].wake_ms = 0;
		service_handle(&services[i], SERVICE_TIMEOUT);
	}
	/* Who starts may be what another one has waited for. */
	do {
		up = count_up();
		for (unsigned int i = 0; i < count; i++)
			service_handle(&services[i], SERVICE_LOOK);
	} while (count_up() > up);
}
