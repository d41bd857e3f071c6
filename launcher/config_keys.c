/* config_keys.c - what LXC's keys mean for a spec */
#include "config_keys.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"
#include "config_cgroup.h"
#include "config_net.h"
#include "option.h"
#include "spec.h"

/* One use of a key. */
struct use {
	struct config *config;
	const char *rest;   /* of the key, behind what stands before the "*" */
	const char *option; /* of the row */
	bool *warned;       /* about the row */
	char *value;
};

static int bad(const struct use *use, const char *what, const char *value)
{
	return failx("bad %s '%s' for %s", what, value, use->config->origin);
}

static int set_option(const struct use *use, const char *name, char *value)
{
	return option_set(option_find(name, strlen(name)), use->config->spec,
			  value, use->config->origin);
}

static int as_option(const struct use *use)
{
	return set_option(use, use->option, use->value);
}

static int ignore(const struct use *use)
{
	(void)use;
	return 0;
}

/* What an administrator may rely on is not passed over silently. */
static int warn_ignored(const struct use *use)
{
	if (!*use->warned)
		warnx("ignoring %s", use->config->origin);
	*use->warned = true;
	return 0;
}

static int unsupported(const struct use *use)
{
	return failx("cannot set %s: it is not supported", use->config->origin);
}

/* The root and what is mounted below it. */

static int set_rootfs(const struct use *use)
{
	char *path = use->value;
	size_t type = strcspn(path, ":/");

	if (starts_with(path, "dir:") || starts_with(path, "loop:"))
		path += type + 1;
	else if (path[type] == ':')
		return bad(use, "kind of root", path);
	return set_option(use, "rootfs", path);
}

static int set_rootfs_options(const struct use *use)
{
	const char *word;

	for (char *rest = use->value; (word = strsep(&rest, ", \t"));) {
		if (strcmp(word, "ro") == 0)
			use->config->spec->read_only = true;
		else if (*word && strcmp(word, "rw") != 0 &&
			 strcmp(word, "idmap=container") != 0)
			return bad(use, "option", word);
	}
	return 0;
}

/* LXC's files name a target also as it is on the host. */
static int set_mount_entry(const struct use *use)
{
	struct spec *spec = use->config->spec;
	size_t len = spec->rootfs ? strlen(spec->rootfs) : 0;
	struct mount_spec *m = &spec->mounts[spec->mount_count];

	if (set_option(use, "mount", use->value) < 0)
		return -1;
	if (len > 1 && starts_with(m->target, spec->rootfs) &&
	    m->target[len] == '/')
		m->target += len;
	return 0;
}

/* We mount them always. */
static int set_mount_auto(const struct use *use)
{
	static const char *const known[] = {
		"", "proc", "sys", "cgroup", "cgroup-full", "shmounts",
	};
	char *word;

	for (char *rest = use->value; (word = strsep(&rest, " \t"));) {
		size_t i = 0;

		split_at(word, ':');
		while (i < COUNT(known) && strcmp(known[i], word) != 0)
			i++;
		if (i == COUNT(known))
			return bad(use, "mount", word);
	}
	return 0;
}

static int include(const struct use *use)
{
	use->config->include = use->value;
	use->config->include_fstab = false;
	return 0;
}

static int include_fstab(const struct use *use)
{
	use->config->include = use->value;
	use->config->include_fstab = true;
	return 0;
}

/* The command. */

static int set_command(const struct use *use)
{
	char *rest = use->value, *word;

	use->config->spec->config_argc = 0;
	while ((word = cut_word(&rest)))
		if (set_option(use, "arg", word) < 0)
			return -1;
	return rest ? bad(use, "quotes in", rest) : 0;
}

static int check_id(const struct use *use)
{
	uint64_t id;

	if (parse_uint(use->value, UINT32_MAX - 1, &id) < 0)
		return bad(use, "number", use->value);
	return 0;
}

static int set_uid(const struct use *use)
{
	use->config->uid = use->value;
	return check_id(use);
}

static int set_gid(const struct use *use)
{
	use->config->gid = use->value;
	return check_id(use);
}

/* Walls. */

static int set_cap_keep(const struct use *use)
{
	static char all[] = "ALL";

	if (set_option(use, "cap-drop", all) < 0)
		return -1;
	if (strcmp(use->value, "none") == 0)
		return 0;
	return set_option(use, "cap-add", use->value);
}

/* Empty: forget those before. */
static int set_cap_drop(const struct use *use)
{
	if (*use->value)
		return set_option(use, "cap-drop", use->value);
	use->config->spec->caps_drop = 0;
	return 0;
}

/* The other way round: LXC's default is 0, ours is 1. */
static int set_no_new_privs(const struct use *use)
{
	uint64_t on;

	if (parse_uint(use->value, 1, &on) < 0)
		return bad(use, "number", use->value);
	use->config->spec->new_privs = !on;
	return 0;
}

/* "u 0 100000 65536", or g */
static int set_id_map(const struct use *use)
{
	char *rest = use->value;

	if ((*rest != 'u' && *rest != 'g') || rest[1] != ' ')
		return bad(use, "map", use->value);
	return set_option(use, *rest == 'u' ? "uidmap" : "gidmap", rest + 2);
}

static int set_namespace_keep(const struct use *use)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} namespaces[] = {
		{ "", 0 },
		{ "pid", CLONE_NEWPID },
		{ "ipc", CLONE_NEWIPC },
		{ "uts", CLONE_NEWUTS },
		{ "cgroup", CLONE_NEWCGROUP },
	};
	const char *word;

	for (char *rest = use->value; (word = strsep(&rest, " \t"));) {
		size_t i = 0;

		while (i < COUNT(namespaces) &&
		       strcmp(namespaces[i].name, word) != 0)
			i++;
		if (i == COUNT(namespaces))
			return bad(use, "namespace", word);
		use->config->spec->shared_namespaces |= namespaces[i].bit;
	}
	return 0;
}

static int check_arch(const struct use *use)
{
	static const struct {
		const char *lxc, *kernel;
	} names[] = {
		{ "amd64", "x86_64" },
		{ "linux64", "x86_64" },
		{ "arm64", "aarch64" },
	};
	const char *wanted = use->value;
	struct utsname here;

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].lxc, wanted) == 0)
			wanted = names[i].kernel;
	if (uname(&here) < 0)
		return fail("cannot ask for the machine's architecture");
	if (strcmp(here.machine, wanted) != 0)
		return failx("bad architecture '%s' for %s (this is %s)",
			     use->value, use->config->origin, here.machine);
	return 0;
}

static int set_cgroup(const struct use *use)
{
	return config_set_cgroup(use->config, 1, use->rest, use->value);
}

static int set_cgroup2(const struct use *use)
{
	return config_set_cgroup(use->config, 2, use->rest, use->value);
}

static int set_net(const struct use *use)
{
	return config_set_net(use->config, use->rest, use->value);
}

static int set_network(const struct use *use)
{
	return config_set_network(use->config, use->rest, use->value);
}

/* The first row that fits.  A "*" at the end stands for any rest. */
static const struct row {
	const char *key;
	int (*set)(const struct use *use);
	const char *option;
} rows[] = {
	{ "lxc.rootfs.path", set_rootfs },
	{ "lxc.rootfs", set_rootfs },
	{ "lxc.rootfs.options", set_rootfs_options },
	{ "lxc.rootfs.mount", ignore },
	{ "lxc.rootfs.managed", ignore },
	{ "lxc.rootfs.backend", ignore },
	{ "lxc.uts.name", as_option, "hostname" },
	{ "lxc.utsname", as_option, "hostname" },
	{ "lxc.arch", check_arch },
	{ "lxc.ephemeral", as_option, "ephemeral" },

	{ "lxc.include", include },
	{ "lxc.mount.entry", set_mount_entry },
	{ "lxc.mount.auto", set_mount_auto },
	{ "lxc.mount.fstab", include_fstab },
	{ "lxc.mount", include_fstab },

	{ "lxc.init.cmd", set_command },
	{ "lxc.init_cmd", set_command },
	{ "lxc.execute.cmd", set_command },
	{ "lxc.init.uid", set_uid },
	{ "lxc.init_uid", set_uid },
	{ "lxc.init.gid", set_gid },
	{ "lxc.init_gid", set_gid },
	{ "lxc.init.cwd", as_option, "workdir" },
	{ "lxc.environment", as_option, "env" },

	{ "lxc.idmap", set_id_map },
	{ "lxc.id_map", set_id_map },
	{ "lxc.no_new_privs", set_no_new_privs },
	{ "lxc.cap.drop", set_cap_drop },
	{ "lxc.cap.keep", set_cap_keep },
	{ "lxc.namespace.keep", set_namespace_keep },

	{ "lxc.cgroup.dir*", warn_ignored },
	{ "lxc.cgroup.relative", warn_ignored },
	{ "lxc.cgroup.*", set_cgroup },
	{ "lxc.cgroup2.*", set_cgroup2 },

	{ "lxc.net", set_net },
	{ "lxc.net.*", set_net },
	{ "lxc.network", set_network },
	{ "lxc.network.*", set_network },

	{ "lxc.autodev*", ignore },
	{ "lxc.console*", ignore },
	{ "lxc.devttydir", ignore },
	{ "lxc.group", ignore },
	{ "lxc.hook.clone", ignore },
	{ "lxc.hook.version", ignore },
	{ "lxc.kmsg", ignore },
	{ "lxc.log*", ignore },
	{ "lxc.monitor.*", ignore },
	{ "lxc.pts", ignore },
	{ "lxc.pty.max", ignore },
	{ "lxc.start.*", ignore },
	{ "lxc.tty*", ignore },

	{ "lxc.aa_*", warn_ignored },
	{ "lxc.apparmor.*", warn_ignored },
	{ "lxc.keyring.session", warn_ignored },
	{ "lxc.se_context", warn_ignored },
	{ "lxc.seccomp*", warn_ignored },
	{ "lxc.selinux.*", warn_ignored },
	{ "lxc.signal.*", warn_ignored },
	{ "lxc.haltsignal", warn_ignored },
	{ "lxc.rebootsignal", warn_ignored },
	{ "lxc.stopsignal", warn_ignored },

	{ "lxc.hook.*", unsupported },
	{ "lxc.limit.*", unsupported },
	{ "lxc.namespace.*", unsupported },
	{ "lxc.prlimit.*", unsupported },
	{ "lxc.proc.*", unsupported },
	{ "lxc.sysctl.*", unsupported },
};

/* What stands behind the row's key, or NULL: another key. */
static const char *rest_behind(const struct row *row, const char *key)
{
	size_t len = strcspn(row->key, "*");

	if (strncmp(row->key, key, len) != 0 || (!row->key[len] && key[len]))
		return NULL;
	return key + len;
}

int config_unknown_key(const struct config *c, const char *key,
		       const char *nearest)
{
	if (!nearest)
		return failx("unknown key '%s' at %s (see launch.conf(5))", key,
			     c->where);
	return failx("unknown key '%s' at %s (did you mean %s?)", key, c->where,
		     nearest);
}

static int unknown_key(const struct config *c, const char *key)
{
	const char *best = NULL;

	for (size_t i = 0; i < COUNT(rows); i++)
		text_nearer(key, rows[i].key, &best);
	return config_unknown_key(c, key, best);
}

int config_set_key(struct config *c, const char *key, char *value)
{
	static bool warned[COUNT(rows)];
	struct use use = { .config = c };

	use.value = value;
	for (size_t i = 0; i < COUNT(rows); i++) {
		use.rest = rest_behind(&rows[i], key);
		use.option = rows[i].option;
		use.warned = &warned[i];
		if (use.rest)
			return rows[i].set(&use);
	}
	return unknown_key(c, key);
}

int config_settle(struct config *c)
{
	static char user[32];

	if (config_settle_cgroup(c) < 0 || config_settle_nets(c) < 0)
		return -1;
	if (!c->uid && !c->gid)
		return 0;
	if (format(user, sizeof(user), "%s:%s", c->uid ? c->uid : "0",
		   c->gid ? c->gid : "0") < 0)
		return fail("cannot name the user");
	c->spec->user = user;
	return 0;
}
