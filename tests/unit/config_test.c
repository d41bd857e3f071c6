/* config_test.c - LXC's configuration files, and what they are refused for */
#include "launcher/config.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "common/count.h"
#include "tap.h"
#include "try.h"

/* Each refused, with these words. */
static const char *const refused[][2] = {
	{ "\n\nlxc.utz.name = x",
	  "unknown key 'lxc.utz.name' at x.conf:3 (did you mean lxc.uts.name?)" },
	{ "memroy = 1g",
	  "unknown key 'memroy' at x.conf:1 (did you mean memory?)" },
	{ "colour = red",
	  "unknown key 'colour' at x.conf:1 (see launch.conf(5))" },
	{ " # c\nmemory 1g",
	  "cannot read 'memory 1g' at x.conf:2: there is no '='" },
	{ "memory = 12x", "bad size '12x' for memory at x.conf:1" },
	{ "read-only = perhaps",
	  "bad value 'perhaps' for read-only at x.conf:1 (yes or no)" },
	{ "print = yes",
	  "cannot set print at x.conf:1: it is not for config files" },
	{ "config = x",
	  "cannot set config at x.conf:1: it is not for config files" },
	{ "arg = $'a", "bad quotes for arg at x.conf:1" },
	{ "arg = $'a'b", "bad quotes for arg at x.conf:1" },
	{ "arg = $'\\000'", "bad quotes for arg at x.conf:1" },
	{ "arg = $'\\", "bad quotes for arg at x.conf:1" },
	{ "lxc.uts.name = a b",
	  "bad hostname 'a b' for lxc.uts.name at x.conf:1" },
	{ "lxc.rootfs.path = zfs:tank/x",
	  "bad kind of root 'zfs:tank/x' for lxc.rootfs.path at x.conf:1" },
	{ "lxc.rootfs.path =", "bad path '' for lxc.rootfs.path at x.conf:1" },
	{ "lxc.rootfs.options = idmap=x",
	  "bad option 'idmap=x' for lxc.rootfs.options at x.conf:1" },
	{ "lxc.mount.entry = proc proc",
	  "bad mount 'proc' for lxc.mount.entry at x.conf:1" },
	{ "lxc.mount.auto = proc:mixed dev",
	  "bad mount 'dev' for lxc.mount.auto at x.conf:1" },
	{ "lxc.init.cmd = sh 'x",
	  "bad quotes in 'x' for lxc.init.cmd at x.conf:1" },
	{ "lxc.init.uid = root",
	  "bad number 'root' for lxc.init.uid at x.conf:1" },
	{ "lxc.init.gid = 4294967295", "bad number '4294967295'" },
	{ "lxc.init.cwd = x",
	  "bad directory 'x' for lxc.init.cwd at x.conf:1" },
	{ "lxc.no_new_privs = 2",
	  "bad number '2' for lxc.no_new_privs at x.conf:1" },
	{ "lxc.cap.drop = mac_admin foo",
	  "bad capability 'foo' for lxc.cap.drop at x.conf:1" },
	{ "lxc.namespace.keep = pid xyz",
	  "bad namespace 'xyz' for lxc.namespace.keep at x.conf:1" },
	{ "lxc.arch = vax", "bad architecture 'vax' for lxc.arch at x.conf:1" },
	{ "lxc.cgroup.memory.limit_in_bytes = 1x",
	  "bad size '1x' for lxc.cgroup.memory.limit_in_bytes at x.conf:1" },
	{ "lxc.cgroup2.cpu.max = 1 0",
	  "bad number '0' for lxc.cgroup2.cpu.max" },
	{ "lxc.cgroup2.cpu.max = x", "bad number 'x' for lxc.cgroup2.cpu.max" },
	{ "lxc.cgroup2.memory.swap.max = x",
	  "bad size 'x' for lxc.cgroup2.memory.swap.max at x.conf:1" },
	{ "lxc.cgroup.../x.y = 1",
	  "bad value '1' for lxc.cgroup.../x.y at x.conf:1" },
	{ "lxc.cgroup.memory.limit_in_bytes =",
	  "bad size '' for lxc.cgroup.memory.limit_in_bytes at x.conf:1" },
	{ "lxc.idmap = u 0 100000",
	  "bad map '0 100000' for lxc.idmap at x.conf:1" },
	{ "lxc.id_map = x 0 1 1",
	  "bad map 'x 0 1 1' for lxc.id_map at x.conf:1" },
	{ "lxc.hook.pre-start = /x",
	  "cannot set lxc.hook.pre-start at x.conf:1: it is not supported" },
	{ "lxc.net.0.link = a",
	  "cannot set lxc.net.0.link at x.conf:1: the type must come first" },
	{ "lxc.network.link = a",
	  "cannot set lxc.network.link at x.conf:1: the type must come" },
	{ "lxc.net.16.type = veth",
	  "bad number of an interface in lxc.net.16" },
	{ "lxc.net.x.type = veth", "bad number of an interface in lxc.net.x." },
	{ "lxc.net.0.type = moth",
	  "bad kind 'moth' for lxc.net.0.type at x.conf:1 (none host" },
	{ "lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.2",
	  "bad address '10.0.0.2' for lxc.net.0.ipv4.address at x.conf:2" },
	{ "lxc.net.0.type = veth\nlxc.net.0.script.up = /x",
	  "cannot set lxc.net.0.script.up at x.conf:2: it is not supported" },
	{ "lxc.net.0.type = veth\nlxc.net.0.flags = down",
	  "bad flags 'down' for lxc.net.0.flags at x.conf:2" },
	{ "lxc.net.0.type = veth\nlxc.net.0.vlan.id = 7",
	  "bad key 'id' for lxc.net.0.vlan.id at x.conf:2 (not for this" },
	{ "\nlxc.net.0.type = phys\nlxc.net.0.flags = up",
	  "bad network 'phys' for lxc.net.0.type at x.conf:2 (link=DEVICE" },
	{ "lxc.include = /nonexistent",
	  "cannot open '/nonexistent' for lxc.include at x.conf:1" },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		ok(!try_config(refused[i][0]));
		if (!ok(starts_with(try_said, refused[i][1])))
			printf("# got \"%s\", want \"%s\"\n", try_said,
			       refused[i][1]);
	}
}

static void test_own_keys(void)
{
	ok(try_config("# comment\n\n\t rootfs=/r \r\n"
		      "memory = 1g\nread-only = yes\ninit = no\n"
		      "env = A=\"b\"\nenv = \"B=c \"\nenv = ' D=#e'\n"
		      "arg = sh\narg = $'a\\nb\\011\\'\\\\'\narg = ''\n"
		      "tty = no\nhostname = last\nhostname = wins"));
	is_str(try_spec.rootfs, "/r");
	is(try_spec.cgroup.memory, 1 << 30);
	ok(try_spec.read_only && !try_spec.init);
	is_str(spec_env(&try_spec, "A"), "\"b\"");
	is_str(spec_env(&try_spec, "B"), "c ");
	is_str(spec_env(&try_spec, " D"), "#e");
	is(try_spec.config_argc, 3);
	is_str(try_spec.config_argv[1], "a\nb\t'\\");
	is_str(try_spec.config_argv[2], "");
	is(try_spec.tty, TTY_NO);
	is_str(try_spec.hostname, "wins");
}

static void test_lxc_keys(void)
{
	ok(try_config(
		"lxc.rootfs.path = dir:/srv/web\n"
		"lxc.rootfs.options = ro\n"
		"lxc.uts.name = web\nlxc.ephemeral = 1\n"
		"lxc.environment = A=b\n"
		"lxc.execute.cmd = /bin/false\n"
		"lxc.init.cmd = /bin/sh -c 'a  b' \"c\\\"d\" e\\ f\n"
		"lxc.init.uid = 7\nlxc.init.gid = 8\nlxc.init.cwd = /tmp\n"
		"lxc.namespace.keep = pid  uts\n"
		"lxc.cap.drop = mac_admin kill\nlxc.cap.drop = sys_time\n"
		"lxc.tty.max = 4\nlxc.pty.max = 1024\nlxc.start.auto = 1\n"
		"lxc.log.level = DEBUG\nlxc.console.path = none\n"
		"lxc.mount.auto = cgroup:mixed proc sys:ro\n"));
	is_str(try_said, "");
	is_str(try_spec.rootfs, "/srv/web");
	ok(try_spec.read_only && try_spec.ephemeral);
	is_str(try_spec.hostname, "web");
	ok(!try_spec.name);
	is_str(spec_env(&try_spec, "A"), "b");
	is(try_spec.config_argc, 5);
	is_str(try_spec.config_argv[2], "a  b");
	is_str(try_spec.config_argv[3], "c\"d");
	is_str(try_spec.config_argv[4], "e f");
	is_str(try_spec.user, "7:8");
	is_str(try_spec.workdir, "/tmp");
	is(try_spec.shared_namespaces, CLONE_NEWPID | CLONE_NEWUTS);
	is(try_spec.mount_count, 0);
	is(spec_finish(&try_spec), 0);
	ok(!(try_spec.caps & 1 << 5));

	ok(try_config("lxc.rootfs = /old\nlxc.utsname = old\nlxc.init_gid = 9\n"
		      "lxc.cap.keep = kill chown\nlxc.init_cmd = /sbin/init"));
	is_str(try_spec.rootfs, "/old");
	is_str(try_spec.hostname, "old");
	is_str(try_spec.user, "0:9");
	is(spec_finish(&try_spec), 0);
	is(try_spec.caps, 1 << 5 | 1);
	ok(try_spec.init_command);

	ok(try_config("lxc.rootfs = r\nlxc.cap.drop = kill\nlxc.cap.drop =\n"
		      "arg = a"));
	is(spec_finish(&try_spec), 0);
	ok(try_spec.caps & 1 << 5);
	ok(!try_spec.new_privs);

	ok(try_config("lxc.rootfs = r\nlxc.no_new_privs = 0\narg = a"));
	ok(try_spec.new_privs);
}

static void test_warnings(void)
{
	ok(try_config("lxc.apparmor.profile = generated"));
	is_str(try_said, "ignoring lxc.apparmor.profile at x.conf:1");
	ok(try_config("lxc.apparmor.profile = generated"));
	is_str(try_said, "");
	ok(try_config("lxc.seccomp.profile = /x"));
	is_str(try_said, "ignoring lxc.seccomp.profile at x.conf:1");
}

static void test_arch(void)
{
	struct utsname here;
	char line[128];

	uname(&here);
	(void)format(line, sizeof(line), "lxc.arch = %s", here.machine);
	ok(try_config(line));
	ok(try_config("lxc.arch = linux64"));
}

static void test_mounts(void)
{
	const struct mount_spec *m = try_spec.mounts;

	ok(try_config(
		"lxc.rootfs.path = /srv/web\n"
		"lxc.mount.entry = /a\\040b c none rbind,ro,create=dir 0 0\n"
		"lxc.mount.entry = proc /srv/web/proc proc nosuid,optional\n"
		"lxc.mount.entry = tmpfs dev/shm tmpfs "
		"size=64m,rw,create=file,relative 0 0\n"));
	is(try_spec.mount_count, 3);
	is_str(m[0].source, "/a b");
	is_str(m[0].target, "c");
	is_str(m[0].type, "bind");
	is(m[0].flags, MS_BIND | MS_REC | MS_RDONLY);
	ok(m[0].create && !m[0].create_file && !m[0].optional);
	is_str(m[1].target, "/proc");
	is(m[1].flags, MS_NOSUID);
	ok(m[1].optional && !m[1].create);
	is_str(m[2].data, "size=64m");
	ok(m[2].create && m[2].create_file);
}

static void test_nets(void)
{
	const struct net_spec *n = try_spec.nets;

	ok(try_config("lxc.net.3.type = macvlan\nlxc.net.3.link = eth0\n"
		      "lxc.net.3.macvlan.mode = bridge\n"
		      "lxc.net.0.type = veth\nlxc.net.0.flags = up\n"
		      "lxc.net.0.link = br0\nlxc.net.0.veth.pair = up0\n"
		      "lxc.net.0.hwaddr = 00:16:3e:xx:xx:xx\n"
		      "lxc.net.0.ipv4.address = 10.0.3.5/24 10.0.3.255\n"
		      "lxc.net.0.ipv4.gateway = auto\n"
		      "lxc.net.0.ipv6.address = fd00::5/64\n"));
	is(try_spec.net_count, 2);
	is(n[0].kind, NET_VETH);
	ok(!n[0].down && n[1].down);
	is_str(n[0].link, "br0");
	is_str(n[0].pair, "up0");
	is_str(n[0].addresses[0], "10.0.3.5/24");
	is_str(n[0].addresses[1], "fd00::5/64");
	is_str(n[0].gateway, "auto");
	is(n[1].kind, NET_MACVLAN);
	is_str(n[1].mode, "bridge");

	ok(try_config("lxc.network.type = veth\nlxc.network.flags = up\n"
		      "lxc.network.ipv4 = 10.0.3.5/24\n"
		      "lxc.network.type = phys\nlxc.network.link = eth1\n"));
	is(try_spec.net_count, 2);
	is_str(n[0].addresses[0], "10.0.3.5/24");
	is(n[1].kind, NET_PHYS);
	is_str(n[1].link, "eth1");

	ok(try_config("lxc.net.0.type = veth\nlxc.net =\n"
		      "lxc.net.0.type = empty\nlxc.net.0.flags = up"));
	is(try_spec.net_count, 1);
	is(n[0].kind, NET_NONE);
	ok(try_config("lxc.network.type = none"));
	is(n[0].kind, NET_HOST);
}

static void test_cgroups(void)
{
	const struct cgroup_spec *c = &try_spec.cgroup;

	ok(try_config("lxc.cgroup.memory.limit_in_bytes = 64M\n"
		      "lxc.cgroup.memory.memsw.limit_in_bytes = 128M\n"
		      "lxc.cgroup.cpuset.cpus = 0-1\n"
		      "lxc.cgroup.cpu.cfs_quota_us = 25000\n"
		      "lxc.cgroup.cpu.cfs_period_us = 50000\n"
		      "lxc.cgroup2.pids.max = 50\n"
		      "lxc.cgroup.devices.deny = a\n"
		      "lxc.cgroup2.devices.allow = c 1:3 rwm\n"
		      "lxc.cgroup.cpu.shares = 512\n"));
	is(c->memory, 64 << 20);
	is(c->memory_swap, 128 << 20);
	is_str(c->cpuset_cpus, "0-1");
	is(c->cpus_milli, 500);
	is(c->pids, 50);
	is(c->file_count, 3);
	is(c->files[0].version, 1);
	is_str(c->files[0].file, "devices.deny");
	is_str(c->files[0].value, "a");
	is(c->files[1].version, 2);
	is_str(c->files[1].value, "c 1:3 rwm");
	is_str(c->files[2].file, "cpu.shares");

	ok(try_config("lxc.cgroup2.memory.swap.max = 1M\n"
		      "lxc.cgroup2.memory.max = 2M\n"
		      "lxc.cgroup2.cpu.max = 150000\n"));
	is(c->memory_swap, 3 << 20);
	is(c->cpus_milli, 1500);
	ok(try_config("lxc.cgroup2.cpu.max = 10 100000"));
	is(c->cpus_milli, 1);
	ok(try_config("lxc.cgroup2.memory.swap.max = max\n"
		      "lxc.cgroup2.memory.max = 2M\n"));
	ok(c->memory_swap == UINT64_MAX);
	ok(try_config(
		"lxc.cgroup2.memory.swap.max = 0\nmemory = 1g\n"
		"lxc.cgroup2.memory.max = max\nlxc.cgroup2.cpu.max = max"));
	is(c->memory, 0);
	is(c->memory_swap, 0);
	is(c->cpus_milli, 0);
	is_str(c->files[0].file, "memory.swap.max");
}

static char dir[] = "/tmp/config_test.XXXXXX";

static const char *write_bytes(const char *name, const char *text, size_t len)
{
	static char path[128];
	int fd;

	(void)format(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ok(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	return path;
}

static const char *write_file(const char *name, const char *text)
{
	return write_bytes(name, text, strlen(text));
}

static bool try_file(const char *name, const char *text)
{
	try_begin();
	return config_read(&try_spec, write_file(name, text)) == 0;
}

static void remove_file(const char *name)
{
	char path[128];

	(void)format(path, sizeof(path), "%s/%s", dir, name);
	ok(remove(path) == 0);
}

static void test_files(void)
{
	static char large[1024 * 1024 + 2];
	char text[512], said[128];

	ok(mkdtemp(dir));
	write_file("b.conf", "env = B=1\nhostname = b\n");
	write_file("a.conf", "env = A=1\nhostname = a");
	write_file("c.txt", "rubbish");
	(void)format(text, sizeof(text),
		     "lxc.include = %s\nenv = C=1\nlxc.include = %s/b.conf\n"
		     "bad",
		     dir, dir);
	ok(!try_file("top", text));
	(void)format(said, sizeof(said),
		     "cannot read 'bad' at %s/top:4: there is no '='", dir);
	is_str(try_said, said);
	is(try_spec.env_count, 3);
	is_str(try_spec.env[0], "A=1");
	is_str(try_spec.env[1], "B=1");
	is_str(try_spec.env[2], "C=1");
	is_str(try_spec.hostname, "b");

	(void)format(text, sizeof(text), "lxc.include = %s/top", dir);
	ok(!try_file("top", text));
	ok(starts_with(try_said, "cannot include '"));

	write_file("fstab", "# none\n\nproc proc proc nodev 0 0\n/a b\n");
	(void)format(text, sizeof(text), "lxc.mount.fstab = %s/fstab", dir);
	ok(!try_file("top", text));
	is(try_spec.mount_count, 1);
	is(try_spec.mounts[0].flags, MS_NODEV);
	(void)format(said, sizeof(said),
		     "bad mount '/a' for mount at %s/fstab:4 ", dir);
	ok(starts_with(try_said, said));

	try_begin();
	ok(config_read(&try_spec, write_bytes("top", "a\0b", 3)) < 0);
	ok(strstr(try_said, "top': not a text"));

	memset(large, '#', sizeof(large) - 1);
	ok(!try_file("top", large));
	ok(strstr(try_said, "larger than 1 MiB"));
	large[sizeof(large) - 2] = '\0';
	ok(try_file("top", large));

	try_begin();
	ok(config_read(&try_spec, dir) < 0);
	ok(strstr(try_said, "Is a directory"));
	try_begin();
	ok(config_read(&try_spec, "/dev/zero") < 0);
	ok(strstr(try_said, "larger than 1 MiB"));

	remove_file("a.conf");
	remove_file("b.conf");
	remove_file("c.txt");
	remove_file("fstab");
	remove_file("top");
	ok(rmdir(dir) == 0);
}

int main(void)
{
	test_refusals();
	test_own_keys();
	test_lxc_keys();
	test_warnings();
	test_arch();
	test_mounts();
	test_nets();
	test_cgroups();
	test_files();
	return done();
}
