/* init_inittab_test.c - lines, notes and what is wrong with them */
#include "init/inittab.h"

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "init/notes.h"
#include "tap.h"

static struct inittab tab;
static unsigned int complaints;

static void count_complaint(const char *line)
{
	printf("# %s\n", line);
	complaints++;
}

static void parse(const char *text)
{
	complaints = 0;
	copy_text(tab.text, sizeof(tab.text), text);
	inittab_parse(&tab);
}

static void test_fields(void)
{
	parse("tty1:23:respawn:/sbin/getty 38400 tty1\n"
	      "\n# comment\n  ::sysinit:  /bin/rc: a:b \r\n"
	      "id:3:initdefault:\n::askfirst:-/bin/sh");
	is(tab.count, 3);
	is(tab.level, '3');
	is_str(tab.lines[0].name, "tty1");
	is_str(tab.lines[0].id, "tty1");
	is_str(tab.lines[0].levels, "23");
	is(tab.lines[0].action, ACTION_RESPAWN);
	is_str(tab.lines[0].command, "/sbin/getty 38400 tty1");
	is_str(tab.lines[1].name, "rc:");
	is_str(tab.lines[1].command, "/bin/rc: a:b");
	is_str(tab.lines[2].name, "sh");
	is_str(tab.lines[2].command, "-/bin/sh");
	ok(line_is_for(&tab.lines[0], '2') && !line_is_for(&tab.lines[0], '4'));
	ok(line_is_for(&tab.lines[0], '\0') && line_is_for(&tab.lines[1], '4'));
	is(complaints, 0);
}

static void test_names(void)
{
	parse("::once:/a/b/c\n::once:c x\n::once:-c\nc-3::once:c\n"
	      "a-name-that-is-longer-than-there-is-room::once:c\n"
	      "\"\\::once:c\n");
	is_str(tab.lines[0].name, "c");
	is_str(tab.lines[1].name, "c-2");
	is_str(tab.lines[2].name, "c-3");
	is_str(tab.lines[3].name, "c-3-2");
	is(strlen(tab.lines[4].name), LINE_NAME_MAX - 5);
	is_str(tab.lines[5].name, "__");
}

static void test_complaints(void)
{
	static const char *const wrong[] = {
		"a:b:c",
		"::respawn:",
		"::sleep:x",
		"#% x main\n",
		"x::once:c\n#% x nonsense=1",
		"x::once:c\n#% x stop=TERM:x",
		"x::once:c\n#% x stop=65",
		"x::once:c\n#% x limit=-1",
		"x::once:c\n#% x dir=relative",
		"x::once:c\n#% x env=NOVALUE",
		"x::once:c\n#% x user",
		"x::once:c\n#% x after=y",
		"x::once:c\n#% x after=x",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		parse(wrong[i]);
		is(complaints, 1);
	}
}

static void test_notes(void)
{
	uint64_t hash;

	parse("x::once:c\ny::once:c\n");
	hash = tab.lines[0].hash;
	ok(hash != tab.lines[1].hash);
	parse("x::once:c\ny::once:c\n#% y dir=/\n");
	ok(hash == tab.lines[0].hash);
	parse("#%x user=u:g  env=\"A=b c\" env=D=\"\" stop=INT:1.5 limit=4\n"
	      "#% x after=y main log=/l dir=/d\nx::once:c\ny::once:c\n");
	is(complaints, 0);
	ok(hash != tab.lines[0].hash);
	is_str(tab.lines[0].extras->user, "u:g");
	is_str(tab.lines[0].extras->env[0], "A=b c");
	is_str(tab.lines[0].extras->env[1], "D=");
	is_str(tab.lines[0].extras->log, "/l");
	is_str(tab.lines[0].extras->dir, "/d");
	is(tab.lines[0].stop_signal, 2);
	is(tab.lines[0].stop_ms, 1500);
	is(tab.lines[0].limit, 4);
	ok(tab.lines[0].main && !tab.lines[1].main);
	ok(line_set_has(&tab.lines[0].after, 1));
	ok(!line_set_has(&tab.lines[0].after, 0));
	/* What the last text said is forgotten. */
	parse("x::once:c\n#% x limit=1");
	ok(!tab.lines[0].extras->user);
}

static void test_limits(void)
{
	char text[8192] = "";
	size_t len = 0;

	for (int i = 0; i < INITTAB_LINES_MAX + 2; i++)
		len += snprintf(text + len, sizeof(text) - len, "::once:c\n");
	parse(text);
	is(tab.count, INITTAB_LINES_MAX);
	is(complaints, 1);
	is_str(tab.lines[INITTAB_LINES_MAX - 1].name, "c-128");
	parse("");
	is(tab.count, 0);
}

int main(void)
{
	report_to(count_complaint);
	test_fields();
	test_names();
	test_complaints();
	test_notes();
	test_limits();
	return done();
}
