/* spec_test.c - defaults, what cannot be, and printing as the identity */
#include "launcher/spec.h"

#include <sched.h>
#include <stdlib.h>

#include <linux/capability.h>

#include "common/count.h"
#include "tap.h"
#include "try.h"

#define CAP(name) ((uint64_t)1 << CAP_##name)

static bool finishes(const char *line)
{
	return try_args(line) && spec_finish(&try_spec) == 0;
}

static void test_defaults(void)
{
	char name[16];

	setenv("TERM", "vt100", 1);
	ok(finishes("--rootfs r --net none /bin/sh"));
	(void)format(name, sizeof(name), "c%d", (int)getpid());
	is_str(try_spec.name, name);
	is_str(try_spec.hostname, name);
	is_str(spec_env(&try_spec, "container"), "launch");
	ok(strstr(spec_env(&try_spec, "PATH"), "/usr/local/sbin:"));
	ok(!spec_env(&try_spec, "HOME"));
	is(try_spec.tty, TTY_AUTO);
	ok(finishes("--rootfs r -n web -e PATH=/x -e container=lxc -T a"));
	is_str(try_spec.hostname, "web");
	is_str(spec_env(&try_spec, "PATH"), "/x");
	is_str(spec_env(&try_spec, "container"), "lxc");
	is(try_spec.env_count, 2);
	is(try_spec.nets[0].kind, geteuid() == 0 ? NET_VETH : NET_NONE);
	is(try_spec.shared_namespaces, 0);
	ok(finishes("--rootfs r -t a"));
	is_str(spec_env(&try_spec, "TERM"), "vt100");
	ok(finishes("--rootfs r -t -e TERM=x a"));
	is_str(spec_env(&try_spec, "TERM"), "x");
	ok(finishes("--rootfs r --net host a"));
	is(try_spec.shared_namespaces, CLONE_NEWNET);
}

static void test_refusals(void)
{
	static const char *const refused[][2] = {
		{ "a",
		  "cannot start: no root directory given (--rootfs DIR, see launch --help)" },
		{ "--rootfs r", "cannot start: no command given" },
		{ "--rootfs r --", "cannot start: no command given" },
		{ "--rootfs r --memory-swap 1g a",
		  "cannot limit swap: --memory-swap needs --memory" },
		{ "--rootfs r -m 2g --memory-swap 1g a",
		  "cannot limit swap: --memory-swap is less than --memory" },
	};

	for (size_t i = 0; i < COUNT(refused); i++) {
		ok(!finishes(refused[i][0]));
		ok(starts_with(try_said, refused[i][1]));
	}
	ok(finishes("--rootfs r -m 2g --memory-swap 2g a"));
	ok(finishes("--rootfs r -m 2g --memory-swap -1 a"));
}

static void test_caps(void)
{
	const uint64_t all = (CAP(CHECKPOINT_RESTORE) << 1) - 1;
	const uint64_t usual = 0xa80425fb & ~CAP(MKNOD); /* docker's */
	static const char run[] = "--rootfs r --net none ";
	const struct {
		const char *options;
		uint64_t caps;
	} cases[] = {
		{ "a", usual },
		{ "--net host a", usual & ~CAP(NET_RAW) },
		{ "--net host --cap-add net_raw a", usual },
		{ "--cap-add CAP_NET_ADMIN a", usual | CAP(NET_ADMIN) },
		{ "--cap-add bpf,sys_time --cap-drop BPF a",
		  usual | CAP(SYS_TIME) },
		{ "--cap-drop kill --cap-add SYS_TIME,KILL a",
		  usual | CAP(SYS_TIME) },
		{ "--cap-drop ALL a", 0 },
		{ "--cap-add KILL --cap-drop ALL a", CAP(KILL) },
		{ "--cap-drop ALL --cap-add KILL a", CAP(KILL) },
		{ "--cap-drop KILL --cap-add ALL a", all & ~CAP(KILL) },
		{ "--privileged a", all },
		{ "--privileged --cap-drop SYS_ADMIN a",
		  all & ~CAP(SYS_ADMIN) },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[256];

		(void)format(line, sizeof(line), "%s%s", run, cases[i].options);
		ok(finishes(line));
		if (!ok(try_spec.caps == cases[i].caps))
			printf("# %s: %llx\n", line,
			       (unsigned long long)try_spec.caps);
	}
}

static void test_init_command(void)
{
	static const struct {
		const char *line;
		bool init;
	} cases[] = {
		{ "--rootfs r /sbin/init", true },
		{ "--rootfs r /linuxrc", true },
		{ "--rootfs r minit", true },
		{ "--rootfs r /lib/systemd/systemd", true },
		{ "--rootfs r /bin/initdb", false },
		{ "--rootfs r /sbin/init/x", false },
		{ "--rootfs r --init /sbin/init", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ok(finishes(cases[i].line));
		is(try_spec.init_command, cases[i].init);
	}
}

static void test_round_trips(void)
{
	static const char *const lines[] = {
		"--rootfs r a",
		"--rootfs ' r ' a",
		"--rootfs \"\\$'r'\" -n web -h x.y -u a:7 -w '/a b' -T a",
		"--rootfs '\"r\"' -w \"/it's\" -e 'A=\n\t\"' -e B= a '' ' ' '\\'",
		"--rootfs r -m 1g --memory-swap -1 --cpus 1.25 --pids-limit 9 a",
		"--rootfs 'r ' --cpus 10 a 'b\r'",
		"--rootfs r --cpus 0.003 a",
		"--rootfs r.img --rw --root-size 64m a",
		"--rootfs r -m 1025k --memory-swap 16777215T --cpuset-cpus 0-1 "
		"--cpuset-mems 0 --cgroup-conf v1:devices.deny=a "
		"--cgroup-conf v2:a.b=c=d --cgroup-conf e.f=g sh -c 'a\nb' #",
		"--rootfs r --net host --pid host --uts host --ipc host "
		"--cgroupns host --privileged --init --read-only --ephemeral a",
		"--rootfs r --cap-add ALL,kill --cap-drop bpf --cap-drop sys_boot "
		"--pid-file p --state-dir s -t --net none a",
		"--rootfs r --net veth,name=a,pair=b,mtu=1400,"
		"hwaddr=02:00:00:AA:bb:cc,ipv4=10.0.0.2/24,gw=10.0.0.1,"
		"ipv6=fd00::2/64 --net veth c",
		"--rootfs r --device /dev/a --device /dev/b:/dev/c/d:mr "
		"--device /dev/x:w --device-cgroup-rule 'c 1:* rw' c",
		"--rootfs r --userns auto a",
		"--rootfs r --userns 0:5:6 --uidmap 6:20:4294967275 a",
		"--rootfs r --net join:/run/netns/x c",
		"--rootfs r --net macvlan,link=a,ipv4=dhcp,ipv4=10.0.0.1/8 c",
		"--rootfs r --net nat,name=a,pair=b,mtu=1400 -p 80:81 --dns ::1 "
		"--publish 1.2.3.4:8000-8009:80-89/udp --dns 9.9.9.9 c",
		"--rootfs r --tmpfs /t:size=1m,suid,mode=700 -v 'a b:/c\\d:rec' "
		"-v x:/y:ro,optional,create,nodev,noexec,nosuid,noatime,sync "
		"--mount 'proc proc proc defaults' --mount 'a b none bind' "
		"--mount '\\134\\040\\012 b ext4 data=\\054x,create=file 0 0' c",
	};

	for (size_t i = 0; i < COUNT(lines); i++)
		if (!ok(try_args(lines[i]) && try_round_trip()))
			printf("# %s\n# %s\n", lines[i], try_said);
}

static void test_print(void)
{
	char text[4096];

	ok(finishes(
		"--rootfs r -n x -e PATH=/p -m 1m --net none --print --trace "
		"-T -v a:/b:ro sh -c ' '"));
	is_str(try_print(&try_spec, text, sizeof(text)),
	       "rootfs = r\nname = x\nhostname = x\n"
	       "env = PATH=/p\nenv = container=launch\ntty = no\n"
	       "arg = sh\narg = -c\narg = $' '\n"
	       "mount = a /b none bind,ro 0 0\nmemory = 1M\nnet = none\n");
}

static void test_limits(void)
{
	static char pairs[SPEC_ENV_MAX + 1][16];
	static const char file[] = "memory.high";

	try_begin();
	for (size_t i = 0; i < COUNT(pairs); i++) {
		(void)format(pairs[i], sizeof(pairs[i]), "V%zu=x", i);
		is(spec_put_env(&try_spec, pairs[i]),
		   i < SPEC_ENV_MAX ? 0 : -1);
	}
	is(spec_put_env(&try_spec, "V7=y"), 0);
	is_str(spec_env(&try_spec, "V7"), "y");
	is_str(spec_env(&try_spec, "V77"), "x");
	for (size_t i = 0; i <= SPEC_CGROUP_FILES_MAX; i++)
		is(spec_add_cgroup_file(&try_spec, 0, file, "1"),
		   i < SPEC_CGROUP_FILES_MAX ? 0 : -1);
}

int main(void)
{
	test_defaults();
	test_refusals();
	test_caps();
	test_init_command();
	test_round_trips();
	test_print();
	test_limits();
	return done();
}
