/* spec.h - what is wanted: the container as the user described it
 *
 * Filled by the setters of the one option table (options.c), from the command
 * line and from config files; then spec_finish() expands the defaults and
 * refuses what cannot be, before anything is created.  After that it is const.
 *
 * Fixed arrays; strings point into argv, the environment or the text of a
 * config file: a spec owns nothing.  NULL or 0 is "not asked for" unless the
 * field says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/ports.h"

enum {
	SPEC_MOUNTS_MAX = 64,
	SPEC_ENV_MAX = 256,
	SPEC_NETS_MAX = 16,
	SPEC_ADDRESSES_MAX = 8,
	SPEC_PUBLISH_MAX = 32,
	SPEC_DNS_MAX = 3, /* a resolver asks no more */
	SPEC_CGROUP_FILES_MAX = 64,
	SPEC_DEVICES_MAX = 32,
	SPEC_RANGES_MAX = 8,  /* of ids in a user namespace */
	SPEC_ARGS_MAX = 4096, /* for a command that came from a config file */
	SPEC_NAME_MAX = 63,   /* longest container name, without the NUL */
	SPEC_PATH_MAX = 4095, /* longest text of a mount, without the NUL */
	SPEC_STOP_TIMEOUT_MS = 10000,
	SPEC_LOG_SIZE = 1 << 20,
};

/* In caps_add and caps_drop: "ALL" was asked for.  Weaker than names, whatever
 * the order: "--cap-add NET_ADMIN --cap-drop ALL" leaves NET_ADMIN. */
#define SPEC_CAPS_ALL ((uint64_t)1 << 63)

/* One mount below the root.  Source and target as a mount(8) line has them. */
struct mount_spec {
	const char *source;  /* a host path for binds, else what type wants */
	const char *target;  /* below the root, with or without a leading "/" */
	const char *type;    /* "bind", "tmpfs", "proc", ... */
	const char *data;    /* further options for the filesystem */
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_REC ... */
	bool optional;       /* a missing source or filesystem is passed over */
	bool create;         /* make the target when it is missing */
	bool create_file;    /* ... as an empty file, whatever the source is */
};

/* A node in the container's /dev for a device of the host. */
struct device_spec {
	const char *source;  /* the host's node */
	const char *target;  /* "/dev/..." */
	unsigned int access; /* DEVICE_* of devfilter.h */
};

/* Limits; 0 or NULL: none. */
struct cgroup_spec {
	bool complete;        /* groups for what can be seen and changed later,
				 where they are to be had */
	uint64_t memory;      /* bytes */
	uint64_t memory_swap; /* bytes, memory and swap together, docker's
				 meaning; UINT64_MAX: no limit on swap */
	uint64_t cpus_milli;  /* thousandths of a CPU */
	uint64_t pids;
	const char *cpuset_cpus; /* "0-1,4" */
	const char *cpuset_mems;
	size_t file_count;
	struct cgroup_file {      /* set as they are */
		int version;      /* 1 (lxc.cgroup.FILE), 2 (lxc.cgroup2.FILE):
				     passed over on the other; 0: for either */
		const char *file; /* "memory.high"; "devices.allow" too */
		const char *value;
	} files[SPEC_CGROUP_FILES_MAX];
};

enum net_kind {
	NET_NONE, /* lo alone */
	NET_HOST, /* the caller's netns */
	NET_JOIN, /* that of link: a path, "pid:N" or a container */
	NET_VETH,
	NET_NAT, /* a veth on a bridge of our own, behind the host */
	NET_PHYS,
	NET_MACVLAN,
	NET_IPVLAN,
	NET_VLAN,
	NET_PASTA, /* a plain user's, by a program of that name */
};

/* One network interface, or the decision to have none. */
struct net_spec {
	enum net_kind kind;
	const char *link;   /* the bridge or parent device on the host */
	const char *name;   /* inside; default eth0, eth1 ... */
	const char *pair;   /* the host's end of a veth */
	const char *hwaddr; /* "02:00:00:12:34:56" */
	const char *mode;   /* of a macvlan or ipvlan */
	const char *addresses[SPEC_ADDRESSES_MAX]; /* "10.0.0.2/24", v4 or v6 */
	size_t address_count;
	bool dhcp;            /* one more, from a server */
	const char *gateway;  /* IPv4, "dev": all on the link, or "auto": the
				 bridge's address */
	const char *gateway6; /* the same of IPv6 */
	uint32_t mtu;
	uint32_t vlan;   /* the number of a VLAN */
	uint32_t metric; /* of the default routes */
	bool down;       /* left to the container to bring up */
	/* Of one that is restored. */
	uint32_t index;   /* inside; 0: any */
	const char *kept; /* "10.88.0.2/24": that or none, where else the
			     first that is free is taken; NULL: any */
};

/* What ids inside a user namespace are outside. */
struct id_map {
	size_t count;
	struct id_range {
		uint32_t inside, outside, count;
	} ranges[SPEC_RANGES_MAX];
};

/* Namespaces that are shared with the caller instead of new, as CLONE_NEW*
 * bits; the mount namespace is always new. */
struct spec {
	const char *rootfs;
	const char *name; /* default: "c" and the launcher's pid */
	char default_name[16];
	const char *hostname; /* default: the name */
	const char *user;     /* "NAME|UID[:GROUP|GID]"; default: root */
	char default_user[24];
	const char *workdir; /* default: / */
	const char *pid_file;
	const char *state_dir; /* default: see container_rundir() */

	char *const *argv; /* the command, NULL-terminated */
	bool read_only;    /* the root, after everything else is mounted */
	bool rw;           /* a root that is an image can be written to */
	uint64_t
		root_size; /* bytes for an archive to be unpacked; 0: default */
	bool ephemeral;    /* an overlay on tmpfs above the root */

	uint64_t shared_namespaces;   /* CLONE_NEWPID | ... not to be made */
	uint64_t caps;                /* bit n: capability n is kept */
	uint64_t caps_add, caps_drop; /* as asked for; caps is the result */
	bool privileged;
	bool new_privs; /* a setuid program may have more than its caller */
	enum seccomp_mode {
		SECCOMP_UNSET, /* default, or none if privileged */
		SECCOMP_DEFAULT,
		SECCOMP_NONE,
		SECCOMP_LOG, /* what the default one stops is only logged */
		SECCOMP_FILE,
	} seccomp;
	const char *seccomp_file; /* a profile of OCI's or docker's */
	enum userns_mode {
		USERNS_UNSET, /* none for root; else root is who called us */
		USERNS_HOST,
		USERNS_AUTO,    /* ids that nobody else has */
		USERNS_KEEP_ID, /* the caller has the same id inside */
	} userns;
	bool user_namespace; /* the result: there is one of our own */
	bool init;         /* the embedded minit is PID 1 around the command */
	bool init_command; /* the command itself is an init: /run as tmpfs */
	enum tty_mode { TTY_AUTO, TTY_YES, TTY_NO } tty;

	enum restart {
		RESTART_REBOOT, /* only when it asks for it */
		RESTART_NO,
		RESTART_ON_FAILURE,
		RESTART_ALWAYS,
	} restart;
	unsigned int restart_max; /* failures; 0: any number */
	int stop_signal;          /* 0: what fits the command */
	int64_t stop_timeout_ms;  /* 0: SPEC_STOP_TIMEOUT_MS */
	uint64_t log_size;        /* bytes; 0: SPEC_LOG_SIZE */

	/* About this run of launch, not about the container. */
	bool detach;
	bool die_with_parent;
	int64_t timeout_ms; /* 0: none */
	int status_fd;      /* 0: none */
	bool trace;
	bool print; /* write the spec instead of starting it */
	bool help;  /* write the help instead */

	/* Arrays last, and the longest at the end: of a page that nothing is
	 * written to, there is none, and each costs a fault. */
	size_t env_count, mount_count, net_count, publish_count, dns_count,
		device_count;
	struct id_map uids, gids;      /* as asked for */
	const char *dns[SPEC_DNS_MAX]; /* addresses; none: the host's, if the
					  kind of network wants them */
	struct cgroup_spec cgroup;
	struct net_spec nets[SPEC_NETS_MAX];
	const char *env[SPEC_ENV_MAX];          /* "NAME=VALUE" */
	struct ports publish[SPEC_PUBLISH_MAX]; /* of the nat interface */
	struct mount_spec mounts[SPEC_MOUNTS_MAX];
	struct device_spec devices[SPEC_DEVICES_MAX];

	/* The command that a config file gave. */
	size_t config_argc;
	char *config_argv[SPEC_ARGS_MAX + 1];
};

/* All fields empty, as before the first option: once more, as zeroes are that. */
void spec_init(struct spec *spec);

/* Expand the defaults and check everything that can be checked without
 * touching the system.  Once more changes nothing.  -1: reported. */
int spec_finish(struct spec *spec);

/* PATH, TERM and what says that this is a container, where they are not set.
 * -1: reported. */
int spec_finish_env(struct spec *spec);

/* What an archive may unpack to, in bytes. */
uint64_t spec_root_size(const struct spec *spec);

/* Of the limits that "update" can change those that are set in from. */
void spec_take_limits(struct cgroup_spec *cgroup,
		      const struct cgroup_spec *from);

/* Refuse limits on memory and swap that do not go together.  -1: reported. */
int spec_check_memory(const struct cgroup_spec *cgroup);

/* Set a variable; pair is "NAME=VALUE", and borrowed.  ENOSPC. */
int spec_put_env(struct spec *spec, const char *pair);

/* The value of a variable of the spec, or NULL. */
const char *spec_env(const struct spec *spec, const char *name);

/* Add a file of the cgroup; file and value are borrowed.  EINVAL: the name has
 * a slash or no dot, or the value is empty or long.  ENOSPC. */
int spec_add_cgroup_file(struct spec *spec, int version, const char *file,
			 const char *value);

/* Write the spec to fd as options that read back into the same spec, one a
 * line, in the form of a config file. */
int spec_print(const struct spec *spec, int fd);
