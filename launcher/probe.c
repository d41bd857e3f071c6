/* probe.c - what this kernel can do, found out by doing it
 *
 * What is tried is tried in new namespaces, and is gone with them.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "cgroup_place.h"
#include "common/aside.h"
#include "common/count.h"
#include "common/io.h"
#include "common/nft.h"
#include "common/report.h"
#include "common/rtnl.h"
#include "common/text.h"
#include "userns.h"

enum {
	ALL_NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			 CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP,
};

/* Whoever is not root is it there. */
static uint64_t as_root(void)
{
	return geteuid() == 0 ? 0 : CLONE_NEWUSER;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int try_namespaces(const struct probe *p, const char **detail)
{
	(void)detail;
	if (run_aside((uint64_t)p->number | as_root(), nothing, NULL) == 0)
		return 0;
	if (*userns_obstacle() && geteuid() != 0)
		return fail("%s", userns_obstacle());
	return fail("cannot create them");
}

static int try_users(const struct probe *p, const char **detail)
{
	(void)p;
	*detail = userns_obstacle();
	if (run_aside(CLONE_NEWUSER, nothing, NULL) == 0)
		return 0;
	return **detail ? fail("%s", *detail) : fail("cannot create one");
}

/* What a call says that is given nonsense; that it is not there, or not for
 * us, is all that matters. */
static int try_call(const struct probe *p, const char **detail)
{
	(void)detail;
	if (syscall(p->number, -1L, 0L, 0L, 0L, 0L) < 0 && errno == ENOSYS)
		return fail("%s(2)", p->what);
	return 0;
}

static int try_seccomp(const struct probe *p, const char **detail)
{
	const uint32_t action = SECCOMP_RET_ERRNO;

	(void)p;
	(void)detail;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return fail("seccomp(2)");
	return 0;
}

static int try_filesystem(const struct probe *p, const char **detail)
{
	char list[4096], word[32];

	(void)detail;
	if (read_file_at(AT_FDCWD, "/proc/filesystems", list, sizeof(list)) <
		    0 ||
	    format(word, sizeof(word), "\t%s", p->what) < 0)
		return fail("cannot read '/proc/filesystems'");
	for (const char *at = list; (at = strstr(at, word)); at++)
		if (at[strlen(word)] == '\n' || !at[strlen(word)])
			return 0;
	return failx("not there, or a module that is not loaded");
}

static int make_link(void *kind)
{
	struct netlink nl = NETLINK_INIT;
	struct netlink_msg msg;
	size_t info;

	if (netlink_open(&nl, NETLINK_ROUTE) < 0)
		return fail("cannot open a routing socket");
	netlink_clear(&msg);
	rtnl_new_link(&msg, "probe0", 0);
	info = netlink_nest(&msg, IFLA_LINKINFO);
	netlink_put_str(&msg, IFLA_INFO_KIND, kind);
	netlink_unnest(&msg, info);
	if (netlink_request(&nl, &msg) < 0)
		return fail("cannot create one%s", nl.why);
	return 0;
}

static int ask_nf_tables(void *arg)
{
	struct netlink nl = NETLINK_INIT;
	struct netlink_msg msg;

	(void)arg;
	if (netlink_open(&nl, NETLINK_NETFILTER) < 0)
		return fail(
			"cannot open a socket (is there a kernel module nfnetlink?)");
	nft_get_table(&msg, "probe0");
	if (netlink_request(&nl, &msg) < 0 && errno != ENOENT)
		return fail("cannot ask for a table%s", nl.why);
	return 0;
}

static int try_network(const struct probe *p, const char **detail)
{
	char kind[16];

	(void)detail;
	if (copy_text(kind, sizeof(kind), p->what) < 0)
		return -1;
	errno = 0;
	return run_aside(CLONE_NEWNET | as_root(),
			 *kind ? make_link : ask_nf_tables, kind);
}

static int try_controller(const struct probe *p, const char **detail)
{
	struct cgroup_place place;

	if (cgroup_place(&place, p->what) < 0)
		return failx("in no cgroup hierarchy that is mounted");
	*detail = place.version == 1 ? "cgroup v1" : "cgroup v2";
	return 0;
}

/* clang-format off */
static const struct probe probes[] = {
	{ "namespaces", true, "containers", try_namespaces, NULL, ALL_NAMESPACES },
	{ "user-namespaces", false, "containers of a plain user, --userns", try_users },
	{ "seccomp", true, "the filter of system calls", try_seccomp },
	{ "proc", true, "containers", try_filesystem, "proc" },
	{ "sysfs", true, "containers", try_filesystem, "sysfs" },
	{ "tmpfs", true, "containers", try_filesystem, "tmpfs" },
	{ "devpts", true, "terminals", try_filesystem, "devpts" },
	{ "overlay", false, "--ephemeral", try_filesystem, "overlay" },
	{ "open_tree", false, "faster starts", try_call, "open_tree", SYS_open_tree },
	{ "clone3", false, "faster starts", try_call, "clone3", SYS_clone3 },
	{ "openat2", false, "faster starts", try_call, "openat2", SYS_openat2 },
	{ "idmapped-mounts", false, "--userns without changing owners", try_call, "mount_setattr", SYS_mount_setattr },
	{ "veth", true, "--net veth", try_network, "veth" },
	{ "bridge", false, "--net nat", try_network, "bridge" },
	{ "nf_tables", false, "--net nat, --publish", try_network, "" },
	{ "memory", false, "--memory", try_controller, "memory" },
	{ "cpu", false, "--cpus", try_controller, "cpu" },
	{ "cpuset", false, "--cpuset-cpus, --cpuset-mems", try_controller, "cpuset" },
	{ "pids", false, "--pids-limit", try_controller, "pids" },
	{ "freezer", false, "launch freeze", try_controller, "freezer" },
	{ "devices", false, "--device-cgroup-rule", try_controller, "devices" },
};
/* clang-format on */

const struct probe *probe_at(size_t n)
{
	return n < COUNT(probes) ? probes + n : NULL;
}
