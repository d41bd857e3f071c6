/* options_test.c - the command line, and what it refuses */
#include "launcher/options.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "common/count.h"
#include "launcher/option.h"
#include "tap.h"
#include "try.h"

/* Each refused, with these words. */
static const char *const refused[][2] = {
	{ "--memroy 1g", "unknown option '--memroy' (did you mean --memory?)" },
	{ "--mem=1g", "unknown option '--mem' (did you mean --memory?)" },
	{ "--xyz", "unknown option '--xyz' (see launch --help)" },
	{ "--ulimit x", "unknown option '--ulimit' (see launch --help)" },
	{ "-Z", "unknown option '-Z' (see launch --help)" },
	{ "-tZ", "unknown option '-Z' (see launch --help)" },
	{ "--memory", "--memory needs a value: SIZE (see launch --help)" },
	{ "-t -m", "--memory needs a value: SIZE" },
	{ "--init=perhaps", "bad value 'perhaps' for --init (yes or no)" },
	{ "--rootfs ''", "bad path '' for --rootfs" },
	{ "--rootfs=", "bad path '' for --rootfs" },

	{ "--memory 10x", "bad size '10x' for --memory (such as 512M)" },
	{ "-m 0", "bad size '0' for --memory (too small)" },
	{ "-m 511k", "bad size '511k' for --memory (too small)" },
	{ "-m -1", "bad size '-1' for --memory" },
	{ "-m 1180591620717411303424",
	  "bad size '1180591620717411303424' for --memory (too large)" },
	{ "--memory-swap 0", "bad size '0' for --memory-swap (too small)" },
	{ "--cpus 0", "bad number '0' for --cpus (too small)" },
	{ "--cpus 0.0001", "bad number '0.0001' for --cpus (too small)" },
	{ "--cpus 1e3", "bad number '1e3' for --cpus (such as 1.5)" },
	{ "--cpus 1000001", "bad number '1000001' for --cpus (too large)" },
	{ "--pids-limit 4194305",
	  "bad number '4194305' for --pids-limit (too large)" },
	{ "--pids-limit 1k", "bad number '1k' for --pids-limit" },
	{ "--cpuset-cpus 3-1", "bad list '3-1' for --cpuset-cpus" },
	{ "--cpuset-mems ''", "bad list '' for --cpuset-mems" },
	{ "--cgroup-conf memory.high",
	  "bad cgroup file 'memory.high' for --cgroup-conf" },
	{ "--cgroup-conf ../x.y=1", "bad cgroup file '../x.y'" },
	{ "--cgroup-conf tasks=1", "bad cgroup file 'tasks'" },
	{ "--cgroup-conf memory.high=", "bad cgroup file 'memory.high'" },

	{ "-h ''", "bad hostname '' for --hostname" },
	{ "-h 'a\nb'", "bad hostname 'a?b' for --hostname" },
	{ "-h 'a b'", "bad hostname 'a b' for --hostname" },
	{ "-h -a", "bad hostname '-a' for --hostname" },
	{ "-h 12345678901234567890123456789012345678901234567890123456789012345",
	  "bad hostname '12345678" },
	{ "-n ../x", "bad name '../x' for --name" },
	{ "-n ''", "bad name '' for --name" },
	{ "-n .x", "bad name '.x' for --name" },
	{ "-n 1234567890123456789012345678901234567890123456789012345678901234",
	  "bad name '12345678" },

	{ "-u ''", "bad user '' for --user" },
	{ "-u 4294967295", "bad user '4294967295' for --user" },
	{ "-u 4294967296", "bad user '4294967296' for --user" },
	{ "-u 1:4294967295", "bad user '1:4294967295' for --user" },
	{ "-u 18446744073709551616:1", "bad user '18446744073709551616:1'" },
	{ "-u a:", "bad user 'a:' for --user" },
	{ "-u :a", "bad user ':a' for --user" },
	{ "-u a:b:c", "bad user 'a:b:c' for --user" },
	{ "-u -1", "bad user '-1' for --user" },
	{ "-u 'a b'", "bad user 'a b' for --user" },
	{ "-w tmp",
	  "bad directory 'tmp' for --workdir (it must start with /)" },
	{ "-w ''", "bad directory '' for --workdir" },
	{ "-e =x", "bad variable '=x' for --env" },
	{ "-e ''", "bad variable '' for --env" },

	{ "-v /a", "bad volume '/a' for --volume (SOURCE:TARGET[:OPTIONS])" },
	{ "-v :/a", "bad volume '' for --volume" },
	{ "-v /a:b", "bad target 'b' for --volume (it must start with /)" },
	{ "-v /a:", "bad target '' for --volume" },
	{ "-v /a:/", "bad target '/' for --volume (the root itself" },
	{ "-v /a:/b:wr", "bad mount option 'wr' for --volume (such as ro" },
	{ "-v /a:/b:size=1m", "bad mount option 'size=1m' for --volume" },
	{ "--tmpfs tmp", "bad target 'tmp' for --tmpfs" },
	{ "--tmpfs /tmp:size=1x", "bad mount option 'size=1x' for --tmpfs" },
	{ "--tmpfs /tmp:size=x%", "bad mount option 'size=x%' for --tmpfs" },
	{ "--tmpfs /tmp:mode=9", "bad mount option 'mode=9' for --tmpfs" },
	{ "--mount '/a /b'", "bad mount '/a' for --mount (SOURCE TARGET TYPE" },
	{ "--mount '/a /b none ro'", "bad mount '/b' for --mount (type none" },

	{ "--net vteh", "bad kind 'vteh' for --net (none host join:NAME veth" },
	{ "--net phys", "bad network 'phys' for --net (link=DEVICE is" },
	{ "--net vlan,link=a", "bad network 'vlan' for --net (id=NUMBER is" },
	{ "--net vlan,link=a,id=4095", "bad VLAN '4095' for --net" },
	{ "--net vlan,link=a,id=0", "bad VLAN '0' for --net" },
	{ "--net veth,mode=vepa", "bad key 'mode' for --net (not for this" },
	{ "--net macvlan,link=a,mode=l2", "bad mode 'l2' for --net (private" },
	{ "--net ipvlan,link=a,mode=vepa", "bad mode 'vepa' for --net (l2" },
	{ "--net ipvlan,link=a,hwaddr=02:00:00:00:00:01", "bad key 'hwaddr'" },
	{ "--net veth,gw6=10.0.0.1", "bad gateway '10.0.0.1' for --net" },
	{ "--net veth,state=on", "bad state 'on' for --net (up or down)" },
	{ "--net ''", "bad kind '' for --net" },
	{ "--net none,name=x",
	  "bad key 'name' for --net (this kind has none)" },
	{ "--net veth,color=1", "bad key 'color' for --net" },
	{ "--net veth,", "bad key '' for --net" },
	{ "--net veth,name", "bad key 'name' for --net (it needs a value)" },
	{ "--net veth,name=1234567890123456",
	  "bad interface name '1234567890123456' for --net" },
	{ "--net veth,pair=a/b", "bad interface name 'a/b' for --net" },
	{ "--net veth,pair=..", "bad interface name '..' for --net" },
	{ "--net veth,mtu=67", "bad mtu '67' for --net (68 to 65535)" },
	{ "--net veth,mtu=65536", "bad mtu '65536' for --net" },
	{ "--net veth,hwaddr=02:00:00:00:00",
	  "bad hardware address '02:00:00:00:00' for --net" },
	{ "--net veth,hwaddr=02:00:00:00:00:0g",
	  "bad hardware address '02:00:00:00:00:0g' for --net" },
	{ "--net veth,hwaddr=02-00-00-00-00-00", "bad hardware address" },
	{ "--net veth,hwaddr=01:00:5e:00:00:01",
	  "bad hardware address '01:00:5e:00:00:01' for --net (a multicast" },
	{ "--net veth,ipv4=10.0.0.1",
	  "bad address '10.0.0.1' for --net (it needs a prefix" },
	{ "--net veth,ipv4=10.0.0.1/33",
	  "bad address '10.0.0.1/33' for --net" },
	{ "--net veth,ipv4=10.0.0.256/8", "bad address '10.0.0.256/8'" },
	{ "--net veth,ipv4=fd00::1/64", "bad address 'fd00::1/64' for --net" },
	{ "--net veth,ipv6=fd00::1/129",
	  "bad address 'fd00::1/129' for --net" },
	{ "--net veth,ipv6=fd00::1", "bad address 'fd00::1' for --net (it" },
	{ "--net veth,gw=10.0.0.1/8", "bad gateway '10.0.0.1/8' for --net" },

	{ "--cap-add SYS_ADMNI",
	  "bad capability 'SYS_ADMNI' for --cap-add (see capabilities(7))" },
	{ "--cap-drop ''", "bad capability '' for --cap-drop" },
	{ "--pid container:x", "bad value 'container:x' for --pid (host or" },
	{ "--config /nonexistent", "cannot open '/nonexistent'" },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		ok(!try_args(refused[i][0]));
		if (!ok(starts_with(try_said, refused[i][1])))
			printf("# %s\n# got \"%s\", want \"%s\"\n",
			       refused[i][0], try_said, refused[i][1]);
	}
}

static void test_forms(void)
{
	ok(try_args("-m 512M a"));
	is(try_spec.cgroup.memory, 536870912);
	ok(try_args("-m512M a"));
	is(try_spec.cgroup.memory, 536870912);
	ok(try_args("--memory=512M a"));
	is(try_spec.cgroup.memory, 536870912);
	ok(try_args("--memory 512M a"));
	is(try_spec.cgroup.memory, 536870912);
	ok(try_args("-itm 1m -m2m a"));
	is(try_spec.tty, TTY_YES);
	is(try_spec.cgroup.memory, 2 << 20);
	ok(try_args("-tT a"));
	is(try_spec.tty, TTY_NO);
	ok(try_args("--init --init=no --read-only=1 a"));
	ok(!try_spec.init && try_spec.read_only);
	ok(try_args("-e --init -- --help x"));
	is_str(try_spec.argv[0], "--help");
	is_str(try_spec.argv[1], "x");
	ok(!try_spec.help && !try_spec.init);
	ok(try_args("-t - --help"));
	is_str(try_spec.argv[0], "-");
	ok(try_args("sh -c --help"));
	is_str(try_spec.argv[0], "sh");
	ok(!try_spec.help);
	ok(try_args("-t --"));
	ok(!try_spec.argv);
	ok(try_args(""));
	ok(!try_spec.argv);
}

static void test_lists(void)
{
	setenv("TRY_SET", "there", 1);
	unsetenv("TRY_UNSET");
	ok(try_args("-e A=1 -e B=2=3 -e A= -e TRY_SET -e TRY_UNSET a"));
	is(try_spec.env_count, 3);
	is_str(spec_env(&try_spec, "A"), "");
	is_str(spec_env(&try_spec, "B"), "2=3");
	is_str(spec_env(&try_spec, "TRY_SET"), "there");
	ok(!spec_env(&try_spec, "TRY"));
	ok(!spec_env(&try_spec, "TRY_UNSET"));

	ok(try_args("--cgroup-conf v2:memory.high=1 --cgroup-conf a.b=c=d a"));
	is(try_spec.cgroup.files[0].version, 2);
	is_str(try_spec.cgroup.files[0].file, "memory.high");
	is_str(try_spec.cgroup.files[1].value, "c=d");

	ok(try_args("--pid host --ipc host --ipc private a"));
	is(try_spec.shared_namespaces, CLONE_NEWPID);
}

static void test_mounts(void)
{
	const struct mount_spec *m = try_spec.mounts;

	ok(try_args("-v a:/b:ro,,rec,optional,create=file "
		    "--tmpfs /t:size=50%,dev,mode=1777,create,ro "
		    "--mount 'x\\040y z\\011 none rbind,noatime,rw 0 0' c"));
	is(try_spec.mount_count, 3);
	is_str(m[0].source, "a");
	is_str(m[0].target, "/b");
	is_str(m[0].type, "bind");
	is(m[0].flags, MS_BIND | MS_REC | MS_RDONLY);
	ok(m[0].optional && m[0].create && m[0].create_file && !m[0].data);
	is_str(m[1].type, "tmpfs");
	is_str(m[1].data, "size=50%,mode=1777");
	is(m[1].flags, MS_NOSUID | MS_RDONLY);
	ok(m[1].create && !m[1].create_file);
	is_str(m[2].source, "x y");
	is_str(m[2].target, "z\t");
	is_str(m[2].type, "bind");
	is(m[2].flags, MS_BIND | MS_REC | MS_NOATIME);
	ok(try_args("--mount '\\777\\000\\04 b none bind' c"));
	is_str(m[0].source, "\\777\\000\\04");
}

static void test_nets(void)
{
	const struct net_spec *n = try_spec.nets;

	ok(try_args("--net host --net veth,name=a,pair=b,mtu=1400,"
		    "hwaddr=02:00:00:AA:bb:cc,ipv4=10.0.0.2/24,gw=10.0.0.1,"
		    "ipv6=fd00::2/64 --net veth c"));
	is(try_spec.net_count, 2);
	is(n[0].kind, NET_VETH);
	is_str(n[0].name, "a");
	is_str(n[0].pair, "b");
	is(n[0].mtu, 1400);
	is(n[0].address_count, 2);
	is_str(n[0].addresses[1], "fd00::2/64");
	is_str(n[0].gateway, "10.0.0.1");
	ok(try_args("--net veth --net veth --net none c"));
	is(try_spec.net_count, 1);
	is(n[0].kind, NET_NONE);
}

/* Letters and names are one option each. */
static void test_table(void)
{
	size_t count;
	const struct option_def *def = option_table(&count);

	for (size_t i = 0; i < count; i++) {
		ok(option_find(def[i].name, strlen(def[i].name)) == &def[i]);
		for (size_t j = 0; def[i].letter && j < i; j++)
			ok(def[i].letter != def[j].letter);
	}
}

int main(void)
{
	test_refusals();
	test_forms();
	test_lists();
	test_mounts();
	test_nets();
	test_table();
	return done();
}
