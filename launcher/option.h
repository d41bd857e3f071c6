/* option.h - one thing that can be wanted: its row in the table, and its type
 *
 * The command line, config files, --help, --print, the completions and the
 * test of the man page walk the one table in option_table.c.  A type reads a
 * text into a field of the spec, and says the field as such a text again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_spec;
struct spec;

struct option_def {
	const char *name;  /* "memory" */
	char letter;       /* 'm', or 0 */
	const char *value; /* "SIZE" for --help; NULL: the option is a switch */
	const struct option_type *type;
	size_t field;  /* offset in struct spec, if the type wants one */
	uint64_t bits; /* in the field, if the type wants some */
	const char *group, *help;
};

struct option_use {
	const struct option_def *def;
	struct spec *spec;
	void *field;
	char *value;        /* NULL for a switch; may be cut in place, and is
			       pointed to by the spec from then on */
	const char *origin; /* for messages: "--memory", "memory at x.conf:3" */
};

/* One value that is asked for, to be said again. */
struct option_query {
	const struct option_def *def;
	const struct spec *spec;
	const void *field;
	size_t index;
	char *buf; /* of OPTION_TEXT_MAX bytes, to be used or not */
};

struct option_type {
	/* -1: reported, with the origin. */
	int (*set)(const struct option_use *use);
	/* The index-th value, as set() takes it; NULL behind the last.  No
	 * function: the option is about this run of launch, not about the
	 * container; it is not printed, and no config file has it. */
	const char *(*get)(const struct option_query *q);
};

enum { OPTION_TEXT_MAX = 64 * 1024 };

const struct option_def *option_table(size_t *count);

/* The row with a name of len bytes, or NULL. */
const struct option_def *option_find(const char *name, size_t len);

/* The name of the option that is most like this one; NULL: none is. */
const char *option_nearest(const char *name, size_t len);

/* The index-th value, in buf or not; NULL behind the last. */
const char *option_get(const struct option_def *def, const struct spec *spec,
		       size_t index, char buf[OPTION_TEXT_MAX]);

/* -1: reported. */
int option_set(const struct option_def *def, struct spec *spec, char *value,
	       const char *origin);

/* Report "bad WHAT 'value' for ORIGIN (why)" and return -1; why may be NULL. */
int option_bad(const struct option_use *use, const char *what,
	       const char *value, const char *why);

/* For config files, which have the keys of an interface apart: its kind, one of
 * its keys, and the whole of it into the spec.  -1: reported. */
int option_net_kind(const struct option_use *use, struct net_spec *net,
		    const char *kind);
int option_net_key(const struct option_use *of, struct net_spec *net,
		   const char *key, const char *value);
int option_net_add(const struct option_use *use, const struct net_spec *net);

/* Whether a container may be called so. */
bool option_is_name(const char *text);

/* A type's get() for what is said by another option, or is nothing to say. */
const char *option_get_nothing(const struct option_query *q);

/* The types; their rows tell what they are. */
extern const struct option_type option_path, option_absolute, option_name,
	option_hostname, option_user, option_size, option_swap, option_cpus,
	option_pids, option_cpu_list, option_cgroup_file, option_flag,
	option_tty, option_env, option_arg, option_nothing, option_this_run,
	option_host_namespace, option_volume, option_tmpfs, option_mount,
	option_config, option_net, option_publish, option_dns, option_cap_add,
	option_cap_drop, option_seccomp, option_signal, option_duration,
	option_run_duration, option_restart, option_fd, option_json_errors,
	option_device, option_device_rule, option_userns, option_id_map;
