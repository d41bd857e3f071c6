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

/* It has run for so long, and ends with status 1.  Returns its wait. */
static int64_t crash_after(struct service *s, int64_t ms)
{
	int64_t now = now_ms();

	s->state = SERVICE_UP;
	s->started_ms = now - ms;
	s->status = 1 << 8;
	service_handle(s, SERVICE_EXITED);
	return s->state == SERVICE_WAITING ? s->wake_ms - now : -1;
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
	for (size_t i = 0; i < COUNT(waits); i++) {
		int64_t wait = crash_after(&s, 0);

		/* The clock went on while we looked. */
		ok(wait >= waits[i] && wait < waits[i] + 99);
	}
	for (int i = 0; i < 100; i++)
		crash_after(&s, 0);
	ok(crash_after(&s, 9900) >= 30000);
	ok(lines_said < 20);
	is(s.crashes, COUNT(waits) + 101);
	return done();
}
