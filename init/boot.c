/* boot.c - bringing the lines up, in the order of their actions
 *
 * First all sysinit lines, one after the other; then boot, bootwait and wait;
 * then what runs once, and what is kept alive.  A place in that list is all
 * that is remembered, so waiting for a line is no more than not going on.
 */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "console.h"
#include "control.h"
#include "inittab.h"
#include "service.h"
#include "services.h"
#include "utmp.h"

static const struct phase {
	unsigned int actions;
	bool wait; /* for each, before the next */
} phases[] = {
	{ ACTION_SYSINIT, true },  { ACTION_BOOT, false },
	{ ACTION_BOOTWAIT, true }, { ACTION_WAIT, true },
	{ ACTION_ONCE, false },    { ACTION_RESPAWN | ACTION_ASKFIRST, false },
};

enum { LEVEL_PHASE = 3 }; /* the first that has to do with runlevels */

static unsigned int phase = COUNT(phases), next_line;
static struct service *awaited;
static bool recorded;

static bool add(struct inittab *tab, size_t *len, const char *id,
		const char *rest)
{
	int n = snprintf(tab->text + *len, sizeof(tab->text) - *len, "%s%s\n",
			 id, rest);

	*len += n;
	return n > 0;
}

/* As busybox, but with a shell on every console that is there. */
static void use_defaults(struct inittab *tab)
{
	char consoles[256], *next;
	size_t len = 0;

	tab->text[0] = '\0';
	if (access("/etc/init.d/rcS", X_OK) == 0)
		add(tab, &len, "", "::sysinit:/etc/init.d/rcS");
	console_names(consoles, sizeof(consoles));
	if (isatty(STDIN_FILENO) || !consoles[0]) {
		add(tab, &len, "", "::askfirst:-/bin/sh");
		return;
	}
	for (char *name = consoles; name; name = next) {
		next = split_at(name, ' ');
		add(tab, &len, name, "::askfirst:-/bin/sh");
	}
}

/* As many whole lines as there is room for, without the NULs that a disk that
 * lost power has put between them. */
static int read_lines(struct inittab *tab)
{
	autofd int fd = openat(AT_FDCWD, "/etc/inittab", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read_all(fd, tab->text, sizeof(tab->text));

	if (len < 0)
		return -1;
	if (len == sizeof(tab->text)) {
		warnx("inittab: longer than %zu bytes: the rest is ignored",
		      sizeof(tab->text));
		while (--len > 0 && tab->text[len] != '\n')
			;
	}
	tab->text[len] = '\0';
	for (ssize_t i = 0; i < len; i++)
		if (!tab->text[i])
			tab->text[i] = '\n';
	return 0;
}

void boot_load(void)
{
	static struct inittab tabs[2];
	static unsigned int which;
	struct inittab *tab = &tabs[which ^= 1];

	if (read_lines(tab) < 0) {
		if (errno != ENOENT)
			warn("cannot read '/etc/inittab'");
		use_defaults(tab);
	}
	inittab_parse(tab);
	if (!services_level())
		services_set_level(tab->level);
	services_load(tab);
	control_open();
}

void boot_begin(char level)
{
	services_set_level(level);
	boot_load();
	phase = next_line = 0;
}

/* Those before the runlevels are for all of them. */
static bool is_due(const struct service *s)
{
	unsigned int early = ACTION_SYSINIT | ACTION_BOOT | ACTION_BOOTWAIT;

	return s->line->action & phases[phase].actions &&
	       (s->line->action & early ||
		line_is_for(s->line, services_level()));
}

/* A line that cannot start is not waited for, unless it tries again. */
static bool is_busy(const struct service *s)
{
	return s->pid || s->state == SERVICE_WAITING;
}

void boot_step(void)
{
	if (phase == COUNT(phases))
		return;
	if (awaited && is_busy(awaited))
		return;
	awaited = NULL;
	for (; phase < COUNT(phases); phase++, next_line = 0) {
		while (next_line < services_count()) {
			struct service *s = service_at(next_line++);

			if (!is_due(s))
				continue;
			service_handle(s, SERVICE_START);
			if (!phases[phase].wait || !is_busy(s))
				continue;
			awaited = s;
			return;
		}
	}
	/* A line may have mounted something over these, or made them.  Who is
	 * not root has no place for a socket, and does without. */
	if (control_open() < 0 && geteuid() == 0)
		warn("cannot listen at '%s'", CONTROL_PATH);
	if (!recorded)
		utmp_write(UTMP_BOOT, "~", 0);
	recorded = true;
}

void boot_change_level(char level)
{
	services_set_level(level);
	services_stop_others();
	phase = LEVEL_PHASE;
	next_line = 0;
	awaited = NULL;
}

void boot_stop(void)
{
	phase = COUNT(phases);
}
