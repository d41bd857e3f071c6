/* service.c - a line of the inittab and the process it keeps alive */
#include "service.h"

#include <signal.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/report.h"
#include "console.h"
#include "inittab.h"
#include "process.h"
#include "services.h"
#include "utmp.h"

enum {
	STABLE_MS = 10000,  /* alive this long, it has not crashed */
	BACKOFF_MS = 100,   /* after the first crash; doubles each time */
	BACKOFF_LIMIT = 9,  /* doublings */
	LONGEST_MS = 30000, /* ... but no longer */
	RETRY_MS = 1000,    /* after fork(2) has failed */
	KEPT_ACTIONS = ACTION_RESPAWN | ACTION_ASKFIRST | ACTION_OFF,
};

typedef void action(struct service *s);

static bool frozen;
static int main_status = -1;

int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void enter(struct service *s, enum service_state state, int64_t after_ms)
{
	s->state = state;
	s->wake_ms = after_ms ? now_ms() + after_ms : 0;
}

static void ignore(struct service *s)
{
	(void)s;
}

static void down(struct service *s)
{
	enter(s, SERVICE_DOWN, 0);
}

/* Those at whose terminal somebody may log in; sysvinit's + says no. */
static bool has_record(const struct service *s)
{
	return s->line->id[0] && s->line->action & KEPT_ACTIONS &&
	       s->line->command[0] != '+' && line_is_interactive(s->line);
}

static void spawn(struct service *s)
{
	pid_t pid = process_start(s->line);

	if (pid < 0) {
		/* It may be so for long. */
		if (!s->starved)
			warn("cannot start '%s'", s->line->name);
		s->starved = true;
		enter(s, SERVICE_WAITING, RETRY_MS);
		return;
	}
	s->pid = pid;
	s->starved = false;
	if (has_record(s))
		utmp_write(UTMP_INIT, s->line->id, pid);
	s->starts++;
	s->started_ms = now_ms();
	enter(s, SERVICE_UP, 0);
}

/* What runs once is to have ended; what is kept is to run. */
bool service_is_ready(const struct service *s)
{
	if (s->line->action & KEPT_ACTIONS && !s->once)
		return s->state == SERVICE_UP;
	return s->state == SERVICE_DOWN && s->ended;
}

static void look(struct service *s)
{
	if (!services_are_ready(&s->line->after))
		enter(s, SERVICE_QUEUED, 0);
	else if (line_terminal(s->line) == TERMINAL_MISSING ||
		 (s->state == SERVICE_PARKED && !line_terminal_works(s->line)))
		enter(s, SERVICE_PARKED, 0);
	else
		spawn(s);
}

static void begin(struct service *s)
{
	s->crashes = 0;
	s->failed = s->ended = false;
	look(s);
}

/* The whole session's group; CONT, as who is stopped sees no other signal.
 * Shells ignore TERM at a prompt, but not that their terminal is gone. */
static void terminate(struct service *s)
{
	int number = s->line->stop_signal;

	kill(-s->pid, number ? number : SIGTERM);
	if (!number && line_is_login(s->line))
		kill(-s->pid, SIGHUP);
	kill(-s->pid, SIGCONT);
	enter(s, SERVICE_STOPPING, s->line->stop_ms);
}

static void slay(struct service *s)
{
	kill(-s->pid, SIGKILL);
	enter(s, SERVICE_STOPPING, 0);
}

static void start_again(struct service *s)
{
	s->again = true;
}

static void stopped(struct service *s)
{
	bool again = s->again;

	s->again = false;
	down(s);
	if (again && !frozen)
		begin(s);
}

static int64_t backoff_ms(unsigned int crashes)
{
	int64_t ms = (int64_t)BACKOFF_MS
		     << (crashes > BACKOFF_LIMIT ? BACKOFF_LIMIT : crashes - 1);

	return ms < LONGEST_MS ? ms : LONGEST_MS;
}

static void crashed(struct service *s)
{
	s->crashes++;
	if (s->line->limit && s->crashes >= s->line->limit) {
		s->failed = true;
		warnx("'%s' has ended %u times in a row: given up",
		      s->line->name, s->crashes);
		down(s);
		return;
	}
	/* Each new pause is worth a line, the hundredth of 30 s is not.  Of a
	 * shell, ending soon is no crash, but with nobody to talk to it is. */
	if (line_is_login(s->line) ? s->crashes == 2
				   : s->crashes <= BACKOFF_LIMIT + 1)
		warnx("'%s' has ended with status %d, again in %d ms",
		      s->line->name, exit_status(s->status),
		      (int)backoff_ms(s->crashes));
	enter(s, SERVICE_WAITING, backoff_ms(s->crashes));
}

static bool lost_terminal(const struct service *s)
{
	return exit_status(s->status) == PROCESS_NOT_STARTED &&
	       !line_terminal_works(s->line);
}

static void finished(struct service *s)
{
	if (has_record(s))
		utmp_write(UTMP_DEAD, s->line->id, 0);
	if (s->line->main)
		main_status = exit_status(s->status);
	if (frozen || s->once || s->removed || s->line->main ||
	    !(s->line->action & KEPT_ACTIONS)) {
		down(s);
	} else if (lost_terminal(s)) {
		enter(s, SERVICE_PARKED, 0);
	} else if (now_ms() - s->started_ms < STABLE_MS) {
		crashed(s);
	} else {
		s->crashes = 0;
		look(s);
	}
}

/* clang-format off */
static action *const actions[SERVICE_STATES][SERVICE_EVENTS] = {
	/*                      START        STOP       EXITED    TIMEOUT  LOOK */
	[SERVICE_DOWN]      = { begin,       ignore,    ignore,   ignore,  ignore },
	[SERVICE_QUEUED]    = { look,        down,      ignore,   ignore,  look   },
	[SERVICE_PARKED]    = { look,        down,      ignore,   ignore,  look   },
	[SERVICE_UP]        = { ignore,      terminate, finished, ignore,  ignore },
	[SERVICE_WAITING]   = { begin,       down,      ignore,   look,    ignore },
	[SERVICE_STOPPING]  = { start_again, ignore,    stopped,  slay,    ignore },
};
/* clang-format on */

void service_handle(struct service *s, enum service_event event)
{
	if (frozen && event == SERVICE_START && !s->last)
		return;
	actions[s->state][event](s);
}

void service_freeze(void)
{
	frozen = true;
}

int service_main_status(void)
{
	return main_status;
}
