/* userns.c - root inside is somebody else outside */
#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/count.h"
#include "common/helper.h"
#include "common/io.h"
#include "common/report.h"
#include "common/text.h"
#include "subid.h"

/* Where root takes ids from that /etc/subuid does not know: systemd-nspawn's
 * place, out of the way of users and of what useradd(8) hands out. */
static const struct id_map usual = {
	.count = 1,
	.ranges = { { .outside = 0x80000, .count = 0x6ff80000 } },
};

static const struct {
	const char *path, *bad, *why;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0",
	  " (kernel.unprivileged_userns_clone is 0)" },
	{ "/proc/sys/user/max_user_namespaces", "0",
	  " (user.max_user_namespaces is 0)" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
	  " (kernel.apparmor_restrict_unprivileged_userns is 1, and no AppArmor profile allows launch to)" },
};

static const char *find_obstacle(void)
{
	char value[16];

	for (size_t i = 0; i < COUNT(settings); i++)
		if (read_file_at(AT_FDCWD, settings[i].path, value,
				 sizeof(value)) > 0 &&
		    strcmp(value, settings[i].bad) == 0)
			return settings[i].why;
	if (access("/proc/self/ns/user", F_OK) < 0)
		return " (this kernel has none: CONFIG_USER_NS)";
	return "";
}

const char *userns_obstacle(void)
{
	int saved = errno;
	const char *why = find_obstacle();

	errno = saved;
	return why;
}

static void add(struct id_map *map, uint32_t inside, uint32_t outside)
{
	if (map->count < COUNT(map->ranges))
		map->ranges[map->count++] =
			(struct id_range){ inside, outside, 1 };
}

/* A plain user is one of them inside, by default root; who is given to him are
 * the others, in order. */
static void fill(struct id_map *map, struct id_map *given, uint32_t self,
		 uint32_t outside)
{
	size_t below = subid_take(given, map, 0, self);

	if (below < self) /* not enough: without a gap it would be another */
		map->count = 0;
	add(map, self, outside);
	subid_take(given, map, (size_t)self + 1, UINT32_MAX);
}

static int lock(struct userns *u, int rundir)
{
	if (rundir >= 0 && flock(rundir, LOCK_EX) < 0)
		return fail("cannot lock the state directory (--userns)");
	u->lock = rundir;
	return 0;
}

static int plan_auto(struct userns *u, const struct id_map *uids,
		     const struct id_map *gids, int rundir)
{
	if (lock(u, rundir) < 0)
		return -1;
	u->uids.count = u->gids.count = 1;
	if (subid_free(uids, gids, u->uids.ranges, u->gids.ranges))
		return 0;
	return failx(
		uids->count == 0
			? "cannot find ids for --userns auto: /etc/subuid and /etc/subgid give you none"
			: "cannot find ids for --userns auto: all that /etc/subuid gives are in use");
}

static int plan_as_root(struct userns *u, int rundir)
{
	static const char *const names[] = { "containers", "root" };
	struct id_map uids = { .count = 0 }, gids = { .count = 0 };

	for (size_t i = 0; i < COUNT(names) && uids.count == 0; i++) {
		subid_read("/etc/subuid", names[i], 0, &uids);
		subid_read("/etc/subgid", names[i], 0, &gids);
	}
	if (uids.count == 0 || gids.count == 0)
		return plan_auto(u, &usual, &usual, rundir);
	return plan_auto(u, &uids, &gids, rundir);
}

static int plan_as_user(struct userns *u, const struct spec *spec, int rundir)
{
	struct id_map uids = { .count = 0 }, gids = { .count = 0 };
	bool keep = spec->userns == USERNS_KEEP_ID;
	char name[256];

	if (subid_name(u->uid, name, sizeof(name))) {
		subid_read("/etc/subuid", name, u->uid, &uids);
		subid_read("/etc/subgid", name, u->uid, &gids);
	}
	if (spec->userns == USERNS_AUTO)
		return plan_auto(u, &uids, &gids, rundir);
	u->can_be_alone = true;
	if (gids.count == 0)
		uids.count = 0;
	fill(&u->uids, &uids, keep ? u->uid : 0, u->uid);
	fill(&u->gids, &gids, keep ? u->gid : 0, u->gid);
	return 0;
}

bool userns_has(const struct id_map *map, uid_t outside)
{
	for (size_t i = 0; i < map->count; i++)
		if (outside >= map->ranges[i].outside &&
		    outside - map->ranges[i].outside < map->ranges[i].count)
			return true;
	return false;
}

static bool has_inside(const struct id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].inside == id)
			return true;
	return false;
}

bool userns_has_root(const struct userns *u)
{
	return has_inside(&u->uids, 0) && has_inside(&u->gids, 0);
}

/* Somebody has to make what there is in /dev. */
static int check_maps(const struct userns *u)
{
	if (userns_has_root(u) ||
	    (userns_has(&u->uids, u->uid) && userns_has(&u->gids, u->gid)))
		return 0;
	return failx("cannot use the maps of --userns, --uidmap and --gidmap: "
		     "nobody is 0 inside");
}

int userns_plan(struct userns *u, const struct spec *spec, int rundir)
{
	u->used = spec->user_namespace;
	if (!u->used)
		return 0;
	*u = (struct userns){
		.used = true,
		.uid = (uid_t)getauxval(AT_EUID),
		.gid = (gid_t)getauxval(AT_EGID),
		.uids = spec->uids,
		.gids = spec->gids,
		.lock = -1,
	};
	if (u->uids.count > 0)
		return check_maps(u);
	return u->uid == 0 ? plan_as_root(u, rundir)
			   : plan_as_user(u, spec, rundir);
}

static int write_map(pid_t pid, const char *file, const struct id_map *map)
{
	char path[48], text[SPEC_RANGES_MAX * 36];
	size_t len = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct id_range *r = map->ranges + i;

		len += snprintf(text + len, sizeof(text) - len, "%u %u %u\n",
				r->inside, r->outside, r->count);
	}
	if (format(path, sizeof(path), "/proc/%d/%s", pid, file) < 0 ||
	    write_file_at(AT_FDCWD, path, "%s", text) < 0)
		return fail("cannot write the ids to '%s' (--userns)", path);
	return 0;
}

static bool is_alone(const struct id_map *map, uid_t id)
{
	return map->count == 1 && map->ranges[0].count == 1 &&
	       map->ranges[0].outside == id;
}

/* Who maps only himself must not be able to drop groups that forbid him
 * something: since Linux 3.19. */
static int write_maps(const struct userns *u, pid_t pid)
{
	char path[48];

	if (u->uid != 0 &&
	    format(path, sizeof(path), "/proc/%d/setgroups", pid) == 0 &&
	    write_file_at(AT_FDCWD, path, "deny") < 0 && errno != ENOENT)
		return fail("cannot write '%s' (--userns)", path);
	return write_map(pid, "uid_map", &u->uids) < 0
		       ? -1
		       : write_map(pid, "gid_map", &u->gids);
}

/* Its status, as helper_run() gives it. */
static int run_helper(const char *name, pid_t pid, const struct id_map *map,
		      char *said, size_t size)
{
	static char numbers[3 * SPEC_RANGES_MAX + 1][12];
	const char *argv[COUNT(numbers) + 2];
	size_t n = 0;

	argv[n++] = name;
	snprintf(numbers[0], sizeof(numbers[0]), "%d", pid);
	argv[n++] = numbers[0];
	for (size_t i = 0; i < map->count * 3; i++) {
		const struct id_range *r = map->ranges + i / 3;
		const uint32_t ids[] = { r->inside, r->outside, r->count };

		snprintf(numbers[i + 1], sizeof(numbers[0]), "%" PRIu32,
			 ids[i % 3]);
		argv[n++] = numbers[i + 1];
	}
	argv[n] = NULL;
	return helper_run(argv, said, size);
}

static int helper_failed(const char *name, int status, const char *said)
{
	if (status < 0)
		return fail("cannot run %s (--userns)", name);
	if (status == HELPER_MISSING)
		return failx(
			"cannot map more ids than your own: there is no %s(1) (--userns)",
			name);
	return failx("cannot map ids (--userns): %s",
		     *said ? said : "newuidmap failed");
}

static void keep_alone(struct id_map *map, uid_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].outside == id)
			map->ranges[0] = map->ranges[i];
	map->count = 1;
}

static int map_by_helpers(struct userns *u, pid_t pid)
{
	char said[256];
	int status;

	status = run_helper("newuidmap", pid, &u->uids, said, sizeof(said));
	if (status == HELPER_MISSING && u->can_be_alone) {
		keep_alone(&u->uids, u->uid);
		keep_alone(&u->gids, u->gid);
		return write_maps(u, pid);
	}
	if (status != 0)
		return helper_failed("newuidmap", status, said);
	status = run_helper("newgidmap", pid, &u->gids, said, sizeof(said));
	return status ? helper_failed("newgidmap", status, said) : 0;
}

int userns_map(struct userns *u, pid_t pid)
{
	int result;

	/* A life before this one has changed its ids, in the memory that we
	 * share: since then its files in /proc are root's. */
	if (u->uid != 0)
		prctl(PR_SET_DUMPABLE, 1);
	if (u->uid == 0 ||
	    (is_alone(&u->uids, u->uid) && is_alone(&u->gids, u->gid)))
		result = write_maps(u, pid);
	else
		result = map_by_helpers(u, pid);
	if (u->lock >= 0)
		flock(u->lock, LOCK_UN);
	return result;
}

void userns_become_root(void)
{
	/* The way to groups is closed to who maps only himself. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
		die("cannot drop the caller's groups (--userns)");
	if ((syscall(SYS_setresgid, 0, 0, 0) < 0 && errno != EINVAL) ||
	    (syscall(SYS_setresuid, 0, 0, 0) < 0 && errno != EINVAL))
		die("cannot become root in the user namespace (--userns)");
	/* Another user: it was cleared. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void userns_check(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		die("cannot mount in the user namespace%s", userns_obstacle());
}
