/* init_service_test.c - how long a service that crashes has to wait */
#include <string.h>

#include "common/clock.h"
#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "init/inittab.h"
#include "init/service.h"
#include "tap.h"

static struct inittab tab;
static unsigned int lines_said;

static void count_line(const char *line)
{
	printf("# %s\n", line);
	lines_said++;
}

/* It has run for so long, and ends with status 1: does it wait so long? */
static bool waits_after(struct service *s, int64_t ms, int64_t wait_ms)
{
	int64_t before = now_ms();

	s->state = SERVICE_UP;
	s->started_ms = before - ms;
	s->status = 1 << 8;
	service_handle(s, SERVICE_EXITED);
	/* The clock went on while we looked. */
	return s->state == SERVICE_WAITING && s->wake_ms >= before + wait_ms &&
	       s->wake_ms <= now_ms() + wait_ms;
}

int main(void)
{
	static const int64_t waits[] = {
		100,  200,   400,   800,   1600,  3200,
		6400, 12800, 25600, 30000, 30000, 30000
	};
	struct service s = { .line = tab.lines };

	report_to(count_line);
	copy_text(tab.text, sizeof(tab.text), "::respawn:/bin/false");
	inittab_parse(&tab);
	for (size_t i = 0; i < COUNT(waits); i++)
		ok(waits_after(&s, 0, waits[i]));
	for (int i = 0; i < 100; i++)
		waits_after(&s, 0, 30000);
	ok(waits_after(&s, 9000, 30000));
	ok(lines_said < 20);
	is(s.crashes, COUNT(waits) + 101);
	return done();
}
