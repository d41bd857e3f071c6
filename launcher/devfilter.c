/* devfilter.c - which devices a container may use
 *
 * On v1 the rules are written to files.  On v2 there is only a hook: a program
 * that is asked each time, and answers 1 or 0.  Ours is the list, last rule
 * first, with what is still undecided of r, w and m in a register:
 *
 *	r2 = type, r3 = access, r4 = major, r5 = minor
 *	a rule that allows:	another device?  then the next one
 *				r3 &= ~its access; left?  then the next one
 *				return 1
 *	one that denies:	another device?  then the next one
 *				r3 & its access none?  then the next one
 *				return 0
 */
#include "devfilter.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "spec.h"

enum { INSTRUCTIONS_MAX = 8 * (DEVFILTER_MAX + 1) };

static const char letters[] = "mrw"; /* in the order of their bits */

unsigned int device_access(const char *text)
{
	unsigned int access = 0;

	for (const char *found; *text; text++) {
		found = strchr(letters, *text);
		if (!found)
			return 0;
		access |= 1U << (found - letters);
	}
	return access;
}

void device_access_format(unsigned int access, char text[4])
{
	for (unsigned int bit = 0; letters[bit]; bit++)
		if (access & 1U << bit)
			*text++ = letters[bit];
	*text = '\0';
}

static int parse_number(const char *text, int32_t *number)
{
	uint64_t n;

	*number = DEVICE_ANY;
	if (strcmp(text, "*") == 0)
		return 0;
	if (parse_uint(text, INT_MAX, &n) < 0)
		return -1;
	*number = (int32_t)n;
	return 0;
}

int device_rule_parse(struct device_rule *rule, const char *text)
{
	char copy[48], *major, *minor = NULL, *access = NULL;

	if (copy_text(copy, sizeof(copy), text) < 0)
		return -1;
	major = split_at(copy, ' ');
	rule->type = copy[0];
	rule->access = DEVICE_ALL;
	rule->major = rule->minor = DEVICE_ANY;
	/* The kernel, too, does not care what follows. */
	if (strcmp(copy, "a") == 0)
		return 0;
	if (major)
		minor = split_at(major, ':');
	if (minor)
		access = split_at(minor, ' ');
	if (!access || (strcmp(copy, "c") != 0 && strcmp(copy, "b") != 0))
		return -1;
	rule->access = device_access(access);
	return rule->access && parse_number(major, &rule->major) == 0 &&
			       parse_number(minor, &rule->minor) == 0
		       ? 0
		       : -1;
}

static void format_number(char text[12], int32_t number)
{
	if (number == DEVICE_ANY)
		snprintf(text, 12, "*");
	else
		snprintf(text, 12, "%d", number);
}

void device_rule_format(const struct device_rule *rule, char text[48])
{
	char major[12], minor[12], access[4];

	device_access_format(rule->access, access);
	format_number(major, rule->major);
	format_number(minor, rule->minor);
	if (rule->type == 'a')
		snprintf(text, 48, "a");
	else
		snprintf(text, 48, "%c %s:%s %s", rule->type, major, minor,
			 access);
}

int devfilter_add(struct devfilter *f, const struct device_rule *rule)
{
	if (f->count == COUNT(f->rules))
		return failx("cannot use more than %d device rules",
			     DEVFILTER_MAX);
	f->rules[f->count++] = *rule;
	return 0;
}

/* Nothing but what is in every /dev; and nodes can be made, not opened. */
static const struct device_rule usual[] = {
	{ false, 0, DEVICE_ALL, 'a', DEVICE_ANY, DEVICE_ANY },
	{ true, 0, DEVICE_MKNOD, 'b', DEVICE_ANY, DEVICE_ANY },
	{ true, 0, DEVICE_MKNOD, 'c', DEVICE_ANY, DEVICE_ANY },
	{ true, 0, DEVICE_ALL, 'c', 1, 3 },            /* null */
	{ true, 0, DEVICE_ALL, 'c', 1, 5 },            /* zero */
	{ true, 0, DEVICE_ALL, 'c', 1, 7 },            /* full */
	{ true, 0, DEVICE_ALL, 'c', 1, 8 },            /* random */
	{ true, 0, DEVICE_ALL, 'c', 1, 9 },            /* urandom */
	{ true, 0, DEVICE_ALL, 'c', 5, 0 },            /* tty */
	{ true, 0, DEVICE_ALL, 'c', 5, 1 },            /* console */
	{ true, 0, DEVICE_ALL, 'c', 5, 2 },            /* ptmx */
	{ true, 0, DEVICE_ALL, 'c', 136, DEVICE_ANY }, /* pts/0 ... */
};

bool devfilter_is_rule(const struct cgroup_file *file)
{
	return strcmp(file->file, "devices.allow") == 0 ||
	       strcmp(file->file, "devices.deny") == 0;
}

static bool allows(const struct cgroup_file *file)
{
	return strcmp(file->file, "devices.allow") == 0;
}

/* LXC's rules, of one version, begin where everything is allowed, as they do
 * there.  Docker's allow something besides the usual; so does a device that
 * may not be used fully.  And who can make nodes needs a wall. */
static bool wants_usual(const struct spec *spec)
{
	for (size_t i = 0; i < spec->cgroup.file_count; i++)
		if (spec->cgroup.files[i].version == 0 &&
		    allows(spec->cgroup.files + i))
			return true;
	for (size_t i = 0; i < spec->device_count; i++)
		if (spec->devices[i].access != DEVICE_ALL)
			return true;
	return spec->caps & (uint64_t)1 << CAP_MKNOD && !spec->privileged &&
	       geteuid() == 0;
}

int devfilter_fill(struct devfilter *f, const struct spec *spec)
{
	struct device_rule rule;

	f->count = 0;
	if (wants_usual(spec)) {
		memcpy(f->rules, usual, sizeof(usual));
		f->count = COUNT(usual);
	}
	for (size_t i = 0; i < spec->cgroup.file_count; i++) {
		const struct cgroup_file *file = spec->cgroup.files + i;

		if (!devfilter_is_rule(file))
			continue;
		if (device_rule_parse(&rule, file->value) < 0)
			return failx(
				"bad device rule '%s' (such as \"c 1:3 rwm\")",
				file->value);
		rule.allow = allows(file);
		rule.version = (uint8_t)file->version;
		if (devfilter_add(f, &rule) < 0)
			return -1;
	}
	return 0;
}

static bool applies(const struct device_rule *rule, int version)
{
	return !rule->version || rule->version == version;
}

bool devfilter_has(const struct devfilter *f, int version)
{
	for (size_t i = 0; i < f->count; i++)
		if (applies(f->rules + i, version))
			return true;
	return false;
}

static bool covers(const struct device_rule *rule,
		   const struct device_rule *node)
{
	return rule->type == 'a' ||
	       (rule->type == node->type &&
		(rule->major == DEVICE_ANY || rule->major == node->major) &&
		(rule->minor == DEVICE_ANY || rule->minor == node->minor));
}

unsigned int devfilter_allows(const struct devfilter *f, int version,
			      const struct device_rule *node)
{
	unsigned int undecided = DEVICE_ALL, allowed = 0;

	for (size_t i = f->count; i-- > 0;) {
		const struct device_rule *rule = f->rules + i;

		if (!applies(rule, version) || !covers(rule, node))
			continue;
		if (rule->allow)
			allowed |= undecided & rule->access;
		undecided &= ~(unsigned int)rule->access;
	}
	return allowed | undecided;
}

struct program {
	size_t count;
	struct bpf_insn insns[INSTRUCTIONS_MAX];
};

static void put(struct program *p, unsigned int code, unsigned int to,
		unsigned int from, int number)
{
	p->insns[p->count++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = to & 15,
		.src_reg = from & 15,
		.imm = number,
	};
}

static void put_number(struct program *p, unsigned int code, unsigned int to,
		       int number)
{
	put(p, code | BPF_K, to, 0, number);
}

static void put_verdict(struct program *p, bool allow)
{
	put_number(p, BPF_ALU64 | BPF_MOV, BPF_REG_0, allow);
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

static void put_load(struct program *p, unsigned int to, size_t offset)
{
	put(p, BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, 0);
	p->insns[p->count - 1].off = (int16_t)offset;
}

static void put_beginning(struct program *p)
{
	p->count = 0;
	put_load(p, BPF_REG_2,
		 offsetof(struct bpf_cgroup_dev_ctx, access_type));
	put(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0);
	put_number(p, BPF_ALU64 | BPF_AND, BPF_REG_2, 0xffff);
	put_number(p, BPF_ALU64 | BPF_RSH, BPF_REG_3, 16);
	put_load(p, BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major));
	put_load(p, BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

/* All its jumps lead behind it. */
static void put_rule(struct program *p, const struct device_rule *rule)
{
	size_t start = p->count;

	put_number(p, BPF_JMP | BPF_JNE, BPF_REG_2,
		   rule->type == 'c' ? BPF_DEVCG_DEV_CHAR
				     : BPF_DEVCG_DEV_BLOCK);
	if (rule->major != DEVICE_ANY)
		put_number(p, BPF_JMP | BPF_JNE, BPF_REG_4, rule->major);
	if (rule->minor != DEVICE_ANY)
		put_number(p, BPF_JMP | BPF_JNE, BPF_REG_5, rule->minor);
	if (rule->allow) {
		put_number(p, BPF_ALU64 | BPF_AND, BPF_REG_3, ~rule->access);
		put_number(p, BPF_JMP | BPF_JNE, BPF_REG_3, 0);
	} else {
		put(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_3, 0);
		put_number(p, BPF_ALU64 | BPF_AND, BPF_REG_0, rule->access);
		put_number(p, BPF_JMP | BPF_JEQ, BPF_REG_0, 0);
	}
	for (size_t i = start; i < p->count; i++)
		if (BPF_CLASS(p->insns[i].code) == BPF_JMP)
			p->insns[i].off = (int16_t)(p->count + 1 - i);
	put_verdict(p, rule->allow);
}

static void assemble(struct program *p, const struct devfilter *f)
{
	put_beginning(p);
	for (size_t i = f->count; i-- > 0;) {
		const struct device_rule *rule = f->rules + i;

		if (!applies(rule, 2))
			continue;
		if (rule->type == 'a') {
			put_verdict(p, rule->allow);
			return;
		}
		put_rule(p, rule);
	}
	put_verdict(p, true);
}

static int load(const struct devfilter *f)
{
	static struct program program; /* large */
	union bpf_attr attr;

	assemble(&program, f);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)program.insns;
	attr.insn_cnt = (uint32_t)program.count;
	attr.license = (uintptr_t) "";
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* The one that is there, or -1. */
static int open_attached(int cgroup)
{
	union bpf_attr attr;
	uint32_t id = 0;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)&id;
	attr.query.prog_cnt = 1;
	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0 || !id)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
}

int devfilter_attach(const struct devfilter *f, int cgroup)
{
	autofd int fresh = load(f);
	autofd int old = -1;
	union bpf_attr attr;

	if (fresh < 0)
		return -1;
	old = open_attached(cgroup);
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)fresh;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE; /* Since Linux 5.6. */
		attr.replace_bpf_fd = (uint32_t)old;
	}
	return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}
