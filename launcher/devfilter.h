/* devfilter.h - which devices a container may use
 *
 * A list of rules, in the words of v1's devices.allow and devices.deny: "a", or
 * "c 1:3 rwm", with "*" for any number.  Of those that cover a device the last
 * counts, for each of r, w and m by itself; where none does, all is allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DEVFILTER_MAX = 128,
	/* As BPF_DEVCG_ACC_* */
	DEVICE_MKNOD = 1,
	DEVICE_READ = 2,
	DEVICE_WRITE = 4,
	DEVICE_ALL = 7,
	DEVICE_ANY = -1, /* number */
};

struct device_rule {
	bool allow;
	uint8_t version; /* of cgroups that it is meant for; 0: both */
	uint8_t access;
	char type; /* 'a' for all, 'b' or 'c' */
	int32_t major, minor;
};

struct devfilter {
	size_t count;
	struct device_rule rules[DEVFILTER_MAX];
};

struct cgroup_file;
struct spec;

/* Letters of "rwm", in any order; 0: they are not.  And the other way round. */
unsigned int device_access(const char *text);
void device_access_format(unsigned int access, char text[4]);

/* Read a rule but for allow and version.  -1: it is none. */
int device_rule_parse(struct device_rule *rule, const char *text);

/* The same the other way round, into 48 bytes. */
void device_rule_format(const struct device_rule *rule, char text[48]);

/* Whether it is "devices.allow" or "devices.deny". */
bool devfilter_is_rule(const struct cgroup_file *file);

/* Whether there is any rule for that version of cgroups. */
bool devfilter_has(const struct devfilter *f, int version);

/* Add a rule.  -1: reported. */
int devfilter_add(struct devfilter *f, const struct device_rule *rule);

/* All that a spec wants, but for its nodes; none: there is to be no wall.  -1:
 * reported. */
int devfilter_fill(struct devfilter *f, const struct spec *spec);

/* The access that rules of that version leave to the type and numbers of *node. */
unsigned int devfilter_allows(const struct devfilter *f, int version,
			      const struct device_rule *node);

/* v2: put a program for them on a cgroup, in place of the one before.  -1 with
 * errno. */
int devfilter_attach(const struct devfilter *f, int cgroup);
