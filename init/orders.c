/* orders.c - what can be asked of a running minit */
#include "orders.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "boot.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/signals.h"
#include "common/text.h"
#include "control.h"
#include "service.h"
#include "services.h"
#include "shutdown.h"

struct request {
	int fd;
	struct order *order;
	const char *name, *value; /* "" if not given */
};

void order_answer(int fd, char kind, const char *fmt, ...)
{
	static char text[CONTROL_ANSWER_MAX];
	va_list ap;
	int len;

	text[0] = kind;
	va_start(ap, fmt);
	len = vsnprintf(text + 1, sizeof(text) - 1, fmt, ap) + 1;
	va_end(ap);
	if (len > (int)sizeof(text))
		len = sizeof(text);
	send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static const char *state_name(const struct service *s)
{
	static const char *const names[] = {
		[SERVICE_DOWN] = "down",       [SERVICE_QUEUED] = "queued",
		[SERVICE_PARKED] = "parked",   [SERVICE_UP] = "up",
		[SERVICE_WAITING] = "waiting", [SERVICE_STOPPING] = "stopping",
	};

	return s->failed ? "failed" : names[s->state];
}

static void show(int fd, const struct service *s)
{
	order_answer(fd, '+', "%s\t%s\t%s\t%d\t%ld\t%u\t%d\t%s", s->line->name,
		     action_name(s->line->action), state_name(s), s->pid,
		     s->pid ? (long)((now_ms() - s->started_ms) / 1000) : -1L,
		     s->starts, s->ended ? exit_status(s->status) : -1,
		     s->line->command);
}

static struct service *find(const struct request *r)
{
	struct service *s = service_find(r->name);

	if (!s)
		order_answer(r->fd, '-', "there is no service '%s'", r->name);
	return s;
}

static void answer_later(const struct request *r)
{
	copy_text(r->order->name, sizeof(r->order->name), r->name);
}

static void status(const struct request *r)
{
	if (*r->name) {
		const struct service *s = find(r);

		if (s)
			show(r->fd, s);
		return;
	}
	for (unsigned int i = 0; i < services_count(); i++)
		show(r->fd, service_at(i));
}

static void begin(const struct request *r, bool once)
{
	struct service *s = find(r);

	if (!s)
		return;
	s->once = once;
	service_handle(s, SERVICE_START);
	answer_later(r);
}

static void start(const struct request *r)
{
	begin(r, false);
}

static void start_once(const struct request *r)
{
	begin(r, true);
}

static void stop(const struct request *r)
{
	struct service *s = find(r);

	if (!s)
		return;
	service_handle(s, SERVICE_STOP);
	s->again = false;
	answer_later(r);
}

static void restart(const struct request *r)
{
	struct service *s = find(r);

	if (!s)
		return;
	service_handle(s, SERVICE_STOP);
	service_handle(s, SERVICE_START);
	answer_later(r);
}

static void send_signal(const struct request *r)
{
	const struct service *s = find(r);
	int number = signal_number(r->value);

	if (!s)
		return;
	if (number == 0)
		order_answer(r->fd, '-', "there is no signal '%s'", r->value);
	else if (s->pid == 0)
		order_answer(r->fd, '-', "'%s' is %s", r->name, state_name(s));
	else if (kill(s->pid, number) < 0)
		order_answer(r->fd, '-', "cannot signal '%s': %s", r->name,
			     strerror(errno));
}

static void reload(const struct request *r)
{
	(void)r;
	boot_load();
}

static void runlevel(const struct request *r)
{
	boot_change_level(r->name[0]);
}

static void halt(const struct request *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_HALT, 0);
}

static void power_off(const struct request *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_POWEROFF, 0);
}

static void reboot(const struct request *r)
{
	(void)r;
	shutdown_begin(SHUTDOWN_REBOOT, 0);
}

static const struct {
	const char *name;
	unsigned int least, most; /* words behind it */
	void (*obey)(const struct request *r);
	bool always; /* also while shutting down */
} orders[] = {
	{ "status", 0, 1, status, true }, { "start", 1, 1, start },
	{ "once", 1, 1, start_once },     { "stop", 1, 1, stop },
	{ "restart", 1, 1, restart },     { "signal", 2, 2, send_signal, true },
	{ "reload", 0, 0, reload },       { "runlevel", 1, 1, runlevel },
	{ "halt", 0, 0, halt, true },     { "poweroff", 0, 0, power_off, true },
	{ "reboot", 0, 0, reboot, true },
};

void order_take(struct order *order, int fd, char *text, size_t size)
{
	const char *words[3] = { "", "", "" };
	struct request r = { .fd = fd, .order = order };
	unsigned int count = 0;

	for (size_t at = 0; at < size && count < COUNT(words);
	     at += strlen(text + at) + 1)
		words[count++] = text + at;
	r.name = words[1];
	r.value = words[2];
	for (size_t i = 0; i < COUNT(orders); i++) {
		if (strcmp(orders[i].name, words[0]) != 0 ||
		    count < 1 + orders[i].least || count > 1 + orders[i].most)
			continue;
		if (shutdown_is_on() && !orders[i].always)
			order_answer(fd, '-', "minit is shutting down");
		else
			orders[i].obey(&r);
		return;
	}
	order_answer(fd, '-', "this is no request");
}

bool order_is_done(const struct order *order, int fd)
{
	const struct service *s = service_find(order->name);

	if (s && s->state == SERVICE_STOPPING)
		return false;
	if (s && s->failed)
		order_answer(fd, '-', "'%s' is failed", order->name);
	else if (s &&
		 (s->state == SERVICE_PARKED || s->state == SERVICE_QUEUED))
		order_answer(fd, '+', "'%s' is %s", order->name, state_name(s));
	return true;
}
