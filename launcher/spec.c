/* spec.c - what is wanted: defaults, and what cannot be */
#include "spec.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <linux/capability.h>

#include "common/count.h"
#include "common/report.h"
#include "common/text.h"

#define CAP(name) ((uint64_t)1 << CAP_##name)

/* Docker's, without MKNOD: whoever makes a device node of the host's disk owns
 * the host, once the device rules have a gap. */
static const uint64_t default_caps =
	CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) |
	CAP(NET_RAW) | CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) |
	CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE);

static const uint64_t all_caps = (CAP(LAST_CAP) << 1) - 1;

/* Commands that want /run for themselves, as the first process of a machine
 * does. */
static const char *const inits[] = {
	"init",        "linuxrc",    "minit", "systemd",
	"openrc-init", "runit-init", "finit", "dinit",
};

uint64_t spec_root_size(const struct spec *spec)
{
	return spec->root_size ? spec->root_size : UINT64_C(1) << 30;
}

void spec_take_limits(struct cgroup_spec *cgroup,
		      const struct cgroup_spec *from)
{
	uint64_t *numbers[] = { &cgroup->memory, &cgroup->memory_swap,
				&cgroup->cpus_milli, &cgroup->pids };
	const uint64_t given[] = { from->memory, from->memory_swap,
				   from->cpus_milli, from->pids };

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (given[i])
			*numbers[i] = given[i];
	if (from->cpuset_cpus)
		cgroup->cpuset_cpus = from->cpuset_cpus;
	if (from->cpuset_mems)
		cgroup->cpuset_mems = from->cpuset_mems;
}

void spec_init(struct spec *spec)
{
	memset(spec, 0, offsetof(struct spec, config_argv[1]));
}

static size_t find_env(const struct spec *spec, const char *name, size_t len)
{
	size_t i = 0;

	while (i < spec->env_count && (strncmp(spec->env[i], name, len) != 0 ||
				       spec->env[i][len] != '='))
		i++;
	return i;
}

int spec_put_env(struct spec *spec, const char *pair)
{
	size_t i = find_env(spec, pair, strcspn(pair, "="));

	if (i == COUNT(spec->env)) {
		errno = ENOSPC;
		return -1;
	}
	spec->env[i] = pair;
	if (i == spec->env_count)
		spec->env_count++;
	return 0;
}

const char *spec_env(const struct spec *spec, const char *name)
{
	size_t len = strlen(name);
	size_t i = find_env(spec, name, len);

	return i < spec->env_count ? spec->env[i] + len + 1 : NULL;
}

/* "memory.high": no slash, so that it stays in its directory. */
static bool is_cgroup_file(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	const char *dot = strchr(text, '.');

	return !text[len] && len <= NAME_MAX && dot && dot > text && dot[1];
}

int spec_add_cgroup_file(struct spec *spec, int version, const char *file,
			 const char *value)
{
	struct cgroup_spec *cgroup = &spec->cgroup;

	if (!is_cgroup_file(file) || !*value || strlen(value) > SPEC_PATH_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (cgroup->file_count == COUNT(cgroup->files)) {
		errno = ENOSPC;
		return -1;
	}
	cgroup->files[cgroup->file_count++] = (struct cgroup_file){
		.version = version,
		.file = file,
		.value = value,
	};
	return 0;
}

static int finish_command(struct spec *spec)
{
	const char *base;

	if (!spec->argv)
		spec->argv = spec->config_argv;
	if (!spec->argv[0])
		return failx(
			"cannot start: no command given (see launch --help)");
	base = strrchr(spec->argv[0], '/');
	base = base ? base + 1 : spec->argv[0];
	spec->init_command = false;
	for (size_t i = 0; i < COUNT(inits); i++)
		if (!spec->init && strcmp(base, inits[i]) == 0)
			spec->init_command = true;
	return 0;
}

static int finish_names(struct spec *spec)
{
	if (!spec->name) {
		if (format(spec->default_name, sizeof(spec->default_name),
			   "c%d", (int)getpid()) < 0)
			return fail("cannot name the container");
		spec->name = spec->default_name;
	}
	if (!spec->hostname)
		spec->hostname = spec->name;
	return 0;
}

int spec_check_memory(const struct cgroup_spec *cgroup)
{
	if (cgroup->memory_swap == 0)
		return 0;
	if (cgroup->memory_swap < cgroup->memory || cgroup->memory == 0)
		return failx("cannot limit swap: --memory-swap %s --memory",
			     cgroup->memory ? "is less than" : "needs");
	return 0;
}

/* The caller's "NAME=VALUE", or NULL. */
static const char *caller_env(const char *name)
{
	size_t len = strlen(name);

	for (char **e = environ; *e; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e;
	return NULL;
}

int spec_finish_env(struct spec *spec)
{
	static const char path[] = "PATH=/usr/local/sbin:/usr/local/bin:"
				   "/usr/sbin:/usr/bin:/sbin:/bin";
	bool tty = spec->tty == TTY_YES ||
		   (spec->tty == TTY_AUTO && !spec->detach &&
		    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
	const char *term = tty ? caller_env("TERM") : NULL;

	if (!spec_env(spec, "PATH") && spec_put_env(spec, path) < 0)
		return fail("cannot add PATH to the environment");
	if (!spec_env(spec, "container") &&
	    spec_put_env(spec, "container=launch") < 0)
		return fail("cannot add 'container' to the environment");
	if (term && !spec_env(spec, "TERM") && spec_put_env(spec, term) < 0)
		return fail("cannot add TERM to the environment");
	return 0;
}

static size_t count_nets(const struct spec *spec, enum net_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < spec->net_count; i++)
		count += spec->nets[i].kind == kind;
	return count;
}

static int finish_net(struct spec *spec)
{
	static const enum net_kind usual[2][2] = { { NET_NONE, NET_PASTA },
						   { NET_VETH, NET_NAT } };

	if (spec->net_count == 0) {
		spec->nets[0] = (struct net_spec){
			.kind = usual[geteuid() == 0][spec->publish_count > 0],
		};
		spec->net_count = 1;
	}
	if (spec->publish_count && count_nets(spec, NET_NAT) == 0 &&
	    count_nets(spec, NET_PASTA) == 0)
		return failx(
			"cannot publish a port: --publish needs --net nat or pasta");
	if (count_nets(spec, NET_NAT) > 1)
		return failx(
			"cannot make two networks: --net nat is given twice");
	if (spec->nets[0].kind == NET_HOST || spec->nets[0].kind == NET_JOIN)
		spec->shared_namespaces |= CLONE_NEWNET;
	else
		spec->shared_namespaces &= ~(uint64_t)CLONE_NEWNET;
	return 0;
}

/* A plain user has the powers that a container needs only in a namespace. */
static int finish_ids(struct spec *spec)
{
	bool root = getauxval(AT_EUID) == 0;
	bool mapped = spec->uids.count > 0 || spec->gids.count > 0;

	if (mapped && spec->userns != USERNS_UNSET)
		return failx(
			"cannot map ids: --userns does not go with --uidmap and --gidmap");
	if (spec->userns == USERNS_KEEP_ID && root)
		return failx(
			"cannot map ids: --userns keep-id is not for root, who has it anyway");
	if (spec->gids.count == 0)
		spec->gids = spec->uids;
	if (spec->uids.count == 0)
		spec->uids = spec->gids;
	spec->user_namespace =
		mapped || (spec->userns ? spec->userns != USERNS_HOST : !root);
	if (spec->userns != USERNS_KEEP_ID || spec->user)
		return 0;
	spec->user = spec->default_user;
	return format(spec->default_user, sizeof(spec->default_user), "%u:%u",
		      (unsigned int)getauxval(AT_EUID),
		      (unsigned int)getauxval(AT_EGID));
}

static void finish_caps(struct spec *spec)
{
	uint64_t base = default_caps;

	/* On the host's network it could read what others send. */
	if (spec->nets[0].kind == NET_HOST)
		base &= ~CAP(NET_RAW);
	if (spec->privileged || spec->caps_add & SPEC_CAPS_ALL)
		base = all_caps;
	if (spec->caps_drop & SPEC_CAPS_ALL)
		base = 0;
	spec->caps = ((base | spec->caps_add) & ~spec->caps_drop) & all_caps;
}

int spec_finish(struct spec *spec)
{
	if (!spec->rootfs)
		return failx(
			"cannot start: no root directory given (--rootfs DIR, see launch "
			"--help)");
	if (finish_command(spec) < 0 || finish_names(spec) < 0)
		return -1;
	if (spec_check_memory(&spec->cgroup) < 0 || spec_finish_env(spec) < 0 ||
	    finish_net(spec) < 0 || finish_ids(spec) < 0)
		return -1;
	if (spec->detach && spec->die_with_parent)
		return failx(
			"cannot start: --die-with-parent does not go with --detach");
	spec->cgroup.complete |= spec->detach;
	finish_caps(spec);
	return 0;
}
