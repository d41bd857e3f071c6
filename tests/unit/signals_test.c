/* signals_test.c - signals by name and by the kernel's number */
#include "common/signals.h"

#include <signal.h>

#include "common/count.h"
#include "tap.h"

int main(void)
{
	static const struct {
		const char *name;
		int number;
	} cases[] = {
		{ "TERM", 15 },     { "SIGTERM", 15 }, { "term", 15 },
		{ "sigterm", 15 },  { "15", 15 },      { "64", 64 },
		{ "RTMIN", 34 },    { "RTMIN+3", 37 }, { "SIGRTMIN+3", 37 },
		{ "rtmin+30", 64 }, { "RTMAX", 64 },   { "RTMAX-1", 63 },
		{ "RTMAX-30", 34 }, { "PWR", 30 },     { "SYS", 31 },
		{ "0", 0 },         { "65", 0 },       { "", 0 },
		{ "SIG", 0 },       { "-1", 0 },       { "TERMX", 0 },
		{ "15x", 0 },       { "RTMIN+31", 0 }, { "RTMIN-1", 0 },
		{ "RTMAX+1", 0 },   { "RTMAX-31", 0 }, { "RTMINx", 0 },
	};
	uint64_t old, now, none = 0;

	for (size_t i = 0; i < COUNT(cases); i++)
		is(signal_number(cases[i].name), cases[i].number);
	for (int i = 1; i <= SIGNALS_MAX; i++)
		is(signal_number(signal_name(i)), i);

	is(signals_set_mask(&none), 0);
	is(signals_block_all(&old), 0);
	ok(old == 0);
	is(signals_block_all(&now), 0);
	/* KILL and STOP cannot be. */
	ok(now ==
	   ~((uint64_t)1 << (SIGKILL - 1) | (uint64_t)1 << (SIGSTOP - 1)));
	return done();
}
