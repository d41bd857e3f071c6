/* inittab.h - what is to be run, and when: /etc/inittab as data
 *
 *	ID:RUNLEVELS:ACTION:COMMAND
 *	#% NAME KEY=VALUE...
 *
 * The first kind is as in busybox and sysvinit.  The second is a comment for
 * both; it says more about the line called NAME: by its id, or, where that is
 * empty, by its command's last path component; a second line of the same name
 * is NAME-2, and so on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INITTAB_TEXT_MAX = 32768,
	INITTAB_LINES_MAX = 128,
	LINE_NAME_MAX = 24,
	LINE_ENV_MAX = 6,
	STOP_DEFAULT_MS = 5000, /* from the stop signal to KILL */
};

/* What a line is for: a bit each, so that sets can be asked for. */
enum action {
	ACTION_SYSINIT = 1 << 0,
	ACTION_BOOT = 1 << 1,
	ACTION_BOOTWAIT = 1 << 2,
	ACTION_WAIT = 1 << 3,
	ACTION_ONCE = 1 << 4,
	ACTION_RESPAWN = 1 << 5,
	ACTION_ASKFIRST = 1 << 6,
	ACTION_CTRLALTDEL = 1 << 7,
	ACTION_SHUTDOWN = 1 << 8,
	ACTION_RESTART = 1 << 9,
	ACTION_POWERFAIL = 1 << 10,
	ACTION_POWERWAIT = 1 << 11,
	ACTION_POWERFAILNOW = 1 << 12,
	ACTION_POWEROKWAIT = 1 << 13,
	ACTION_KBREQUEST = 1 << 14,
	ACTION_INITDEFAULT = 1 << 15,
	ACTION_OFF = 1 << 16,
};

/* A set of lines by index. */
struct line_set {
	uint64_t bits[INITTAB_LINES_MAX / 64];
};

/* What few lines have. */
struct extras {
	char *user, *dir, *log;
	char *env[LINE_ENV_MAX];
	char *after_names;
};

/* Strings point into the text; NULL or "" where nothing was said. */
struct line {
	char name[LINE_NAME_MAX];
	const char *id; /* a terminal below /dev, or a mere label */
	const char *levels;
	const char *command;
	struct extras *extras; /* never NULL */
	struct line_set after;
	uint64_t hash; /* equal: nothing about the line has changed */
	enum action action;
	unsigned int
		limit; /* crashes in a row before it is given up; 0: none */
	int stop_ms;
	unsigned char stop_signal; /* 0: none of its own */
	bool main;                 /* when it ends, so does everything */
};

/* What is used of it lies on few pages: each costs an idle minit 4 KiB. */
struct inittab {
	unsigned int count;
	char level; /* of its initdefault line, or 0 */
	char text[INITTAB_TEXT_MAX];
	struct line lines[INITTAB_LINES_MAX];
	struct extras extras[INITTAB_LINES_MAX];
} __attribute__((aligned(4096)));

/* Take the text, which is cut to pieces, apart into lines.  What is wrong is
 * reported by its line number and left out. */
void inittab_parse(struct inittab *tab);

/* Has the line to do with this runlevel?  Level 0 (none): always. */
bool line_is_for(const struct line *line, char level);

/* "respawn" */
const char *action_name(enum action action);

bool line_set_has(const struct line_set *set, unsigned int index);
