/* child.c - the child's life, from clone to exec: the recipe of a container
 *
 * It dies instead of returning: there is nothing to undo, its namespaces go
 * with it.  Security depends on the order; see docs/DESIGN.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/count.h"
#include "common/fd.h"
#include "common/memory.h"
#include "common/path.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/syscalls.h"
#include "common/text.h"
#include "console.h"
#include "dev.h"
#include "devices.h"
#include "embedded.h"
#include "mask.h"
#include "mount.h"
#include "privileges.h"
#include "process.h"
#include "resolv.h"
#include "restore.h"
#include "rootfs.h"
#include "start.h"
#include "sync.h"
#include "user.h"

enum { ARGS_MAX = 32768 }; /* of a command behind --init */

/* What one step of the recipe leaves for the next. */
struct child {
	struct start *start;
	const struct spec *spec;
	bool overlaid;
	int sources[SPEC_MOUNTS_MAX]; /* of the binds */
	int cwd;                      /* the caller's, in our mount namespace */
	int root, dev, slave, minit;  /* fds; -1: none */
	struct user user;
	char home[USER_HOME_MAX + 8]; /* "HOME=..." */
	const char *env[SPEC_ENV_MAX + 2];
	const char *argv[ARGS_MAX];
};

static char *failure_text; /* where a report of the child goes */
static size_t failure_size;

static void to_launcher(const char *line)
{
	copy_text(failure_text, failure_size, line);
}

/* The launcher has had its turn; from here on trouble is told through it. */
static void begin(struct child *c)
{
	struct start *s = c->start;

	/* Whatever holds us up on the way, a dead disk or a strange filesystem,
	 * must not hold us here when nobody waits any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s->go_needed) {
		/* Our copy of its end would hide its death from us. */
		close(s->sync_launcher);
		sync_wait(s->sync_child);
	}
	failure_text = s->failure;
	failure_size = sizeof(s->failure);
	report_to(to_launcher);
	report_status(STATUS_FAILED);
	if (c->spec->user_namespace)
		userns_check();
}

/* Limits stand before the first instruction.  Only now the cgroup namespace:
 * the cgroup we are in becomes its root. */
static void join_cgroup(struct child *c)
{
	struct start *s = c->start;

	if (!cgroup_is_used(&s->container->cgroup))
		return;
	if (cgroup_join(&s->container->cgroup, s->cloned_into) < 0)
		quit(STATUS_FAILED);
	if (!(c->spec->shared_namespaces & CLONE_NEWCGROUP) &&
	    unshare(CLONE_NEWCGROUP) < 0)
		die("cannot create a cgroup namespace");
}

/* From here on we are root inside, and nobody who could enter the directories
 * of the host that lead to the root. */
static void become_root(const struct child *c)
{
	if (c->spec->user_namespace)
		userns_become_root();
}

/* A session of its own: the caller's terminal is out of reach (TIOCSTI). */
static void be_independent(struct child *c)
{
	if (setsid() < 0)
		die("cannot create a session");
	if (!(c->spec->shared_namespaces & CLONE_NEWUTS) &&
	    sethostname(c->spec->hostname, strlen(c->spec->hostname)) < 0)
		die("cannot set the hostname '%s'", c->spec->hostname);
}

static void configure_net(struct child *c)
{
	if (net_enter(&c->start->container->net) < 0)
		quit(STATUS_FAILED);
	if (!(c->spec->shared_namespaces & CLONE_NEWNET) &&
	    net_configure(&c->start->container->net) < 0)
		quit(STATUS_FAILED);
}

/* A root that somebody packed may hold nodes of our disks.  Ours are in a /dev
 * of our own. */
static void defuse_nodes(struct child *c)
{
	if (!c->spec->privileged &&
	    mount_set_flags(c->root, MS_NODEV, true) < 0)
		die("cannot set nodev on the root");
}

/* Whose the tmpfs is: a mount made by nobody would be nobody's. */
static const char *owner(const struct child *c)
{
	return c->spec->user_namespace && userns_has_root(&c->start->userns)
		       ? "mode=755,uid=0,gid=0"
		       : "mode=755";
}

/* Where the root is mounted: on itself, if it is a directory. */
static const char *place(const struct child *c)
{
	const struct image *image = &c->start->image;

	return image->tree >= 0 ? image->at : c->spec->rootfs;
}

static void open_root(struct child *c)
{
	const struct spec *spec = c->spec;
	const struct idmap *m = &c->start->idmap;
	const bool mapped = spec->user_namespace && m->root >= 0;
	const int tree = mapped ? m->root : c->start->image.tree;

	rootfs_stop_propagation();
	c->cwd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mount_open_sources(spec->mounts, spec->mount_count,
			   spec->user_namespace ? m->sources : NULL,
			   c->sources);
	c->root = spec->ephemeral ? rootfs_cover(place(c), tree, owner(c))
				  : rootfs_open(place(c), tree);
	become_root(c);
	if (spec->ephemeral)
		c->root = rootfs_open_ephemeral(place(c), c->root,
						spec->user_namespace);
	defuse_nodes(c);
}

/* A root that cannot be written and lacks a mount point gets one on an
 * overlay; it stays as read-only as it was. */
static void overlay_root(struct child *c)
{
	fd_close(&c->root);
	if (fchdir(c->cwd) < 0)
		die("cannot return to the caller's working directory");
	c->root = rootfs_cover(place(c), -1, "mode=755");
	c->root = rootfs_open_ephemeral(place(c), c->root,
					c->spec->user_namespace);
	defuse_nodes(c);
	c->overlaid = true;
}

/* What every root gets; a volume may cover it later. */
static const struct basic {
	const char *path, *type, *data;
	unsigned long flags;
	bool for_init; /* only when the command is an init */
} basics[] = {
	{ "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY },
	{ "/run", "tmpfs", "mode=0755", MS_NOSUID | MS_NODEV, true },
	{ "/dev", "tmpfs", "mode=0755,size=1m", MS_NOSUID | MS_NOEXEC },
};

/* In a user namespace there is a new sysfs only for a network of its own, and a
 * new proc for pids of its own: else those of the host, or the sysfs that comes
 * with a network that is joined. */
static int mount_basic(const struct child *c, const struct basic *b)
{
	const uint64_t pids = c->spec->shared_namespaces & CLONE_NEWPID;
	const bool is_sysfs = strcmp(b->type, "sysfs") == 0;
	autofd int tree = -1;
	autofd int target = -1;

	if (mount_below(c->root, b->path, b->type, b->flags, b->data) == 0)
		return 0;
	if (errno != EPERM || !c->spec->user_namespace ||
	    !(is_sysfs || (strcmp(b->type, "proc") == 0 && pids)))
		return -1;
	/* It may be mounted twice, see below. */
	if (is_sysfs)
		tree = fcntl(c->start->container->net.sysfs, F_DUPFD_CLOEXEC,
			     0);
	if (tree < 0)
		tree = mount_copy(AT_FDCWD, b->path, true);
	target = path_make_dir_in(c->root, b->path);
	if (tree < 0 || target < 0 || mount_set_flags(tree, b->flags, true) < 0)
		return -1;
	return mount_attach(tree, target, true);
}

static void mount_basics(struct child *c)
{
	for (size_t i = 0; i < COUNT(basics); i++) {
		const struct basic *b = basics + i;

		if (b->for_init && !c->spec->init_command)
			continue;
		if (mount_basic(c, b) == 0)
			continue;
		if (errno != EROFS || c->overlaid)
			die("cannot mount '%s' on '%s'", b->type, b->path);
		overlay_root(c);
		i = (size_t)-1; /* all of them again */
	}
}

static void fill_dev(struct child *c)
{
	struct start *s = c->start;

	c->dev = path_open_in(c->root, "/dev", O_PATH | O_DIRECTORY);
	if (c->dev < 0)
		die("cannot open '/dev'");
	dev_fill(c->dev);
	if (devices_are_wanted(c->spec))
		devices_make(c->root);
	if (!s->tty)
		return;
	sync_give_fd(s->sync_child,
		     console_create(c->dev, c->user.uid, &c->slave));
}

static void mount_volumes(struct child *c)
{
	const struct spec *spec = c->spec;

	mount_all(c->root, spec->mounts, spec->mount_count, c->sources);
	resolv_fill(c->root, c->dev, spec, c->start->container->net.resolv);
	if ((spec->read_only || c->overlaid) &&
	    mount_set_flags(c->root, MS_RDONLY, false) < 0)
		die("cannot make the root read-only (--read-only)");
}

static void find_user(struct child *c)
{
	user_find(&c->user, c->root, c->spec->user);
}

static void enter_root(struct child *c)
{
	rootfs_enter(c->root);
}

static void protect_kernel(struct child *c)
{
	if (!c->spec->privileged)
		mask_paths(c->dev);
}

static void take_console(struct child *c)
{
	const struct start *s = c->start;
	int input = s->tty ? c->slave : s->input;
	int output = s->tty ? c->slave : s->output;

	/* The processes of an image know whose terminal it is. */
	if (s->tty && !s->restore)
		console_take(c->slave);
	else if (output >= 0 && (dup2(input, 0) < 0 || dup2(output, 1) < 0 ||
				 dup2(output, 2) < 0))
		die("cannot direct the output to the log (--detach)");
}

static void drop_privileges(struct child *c)
{
	/* The processes of an image have their own. */
	if (!c->start->restore)
		privileges_drop(c->spec, &c->user, c->spec->workdir);
}

/* Signals and mode mask as a new process expects them; and a last look
 * whether anybody is still waiting for us. */
static void reset(struct child *c)
{
	uint64_t none = 0;

	signals_reset(c->start->ignored);
	umask(022);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* Another user: it was cleared. */
	if (!c->start->go_needed)
		close(c->start->sync_launcher);
	if (sync_is_alone(c->start->sync_child))
		quit(STATUS_FAILED);
	signals_set_mask(&none);
}

static bool has_env(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->env_count; i++)
		if (starts_with(spec->env[i], name))
			return true;
	return false;
}

static void collect_env(struct child *c)
{
	size_t n = 0;

	for (; n < c->spec->env_count; n++)
		c->env[n] = c->spec->env[n];
	if (!has_env(c->spec, "HOME=") &&
	    format(c->home, sizeof(c->home), "HOME=%s", c->user.home) == 0)
		c->env[n++] = c->home;
	c->env[n] = NULL;
}

static void execute(struct child *c)
{
	char *const *argv = c->spec->argv;
	size_t n = 0;

	if (c->start->restore)
		restore_become_stem(c->start->restore);
	collect_env(c);
	if (!c->spec->init)
		process_exec((const char *const *)argv, c->env);
	while (argv[n] && n + 2 < COUNT(c->argv) - 1) {
		c->argv[n + 2] = argv[n];
		n++;
	}
	if (argv[n])
		diex("cannot pass more than %zu arguments with --init", n);
	c->argv[0] = "minit";
	c->argv[1] = "--";
	process_exec_fd(c->minit, c->argv, c->env);
}

static void open_minit(struct child *c)
{
	/* An image has its own. */
	if (!c->spec->init || c->start->restore)
		return;
	c->minit = embedded_minit_open();
	if (c->minit < 0)
		die("cannot copy the embedded minit to a memfd (--init)");
}

static const struct {
	const char *name;
	void (*run)(struct child *);
} recipe[] = {
	{ "clone", begin },
	{ "cgroup", join_cgroup },
	{ "session, hostname", be_independent },
	{ "interfaces", configure_net },
	{ "root", open_root },
	{ "user", find_user },
	{ "proc, sys, dev", mount_basics },
	{ "devices, console", fill_dev },
	{ "volumes", mount_volumes },
	{ "minit", open_minit },
	{ "pivot", enter_root },
	{ "masks", protect_kernel },
	{ "terminal", take_console },
	{ "privileges", drop_privileges },
	{ "signals", reset },
	{ "exec", execute },
};

/* Nothing but zeroes until it is used: 256 KiB for a long command. */
static struct child c;

void child_forget(void)
{
	memory_forget(&c, sizeof(c));
}

void child(struct start *s)
{
	/* What a life before this one has left; its arrays have their counts. */
	memset(&c.user, 0, sizeof(c.user));
	c.overlaid = false;
	c.start = s;
	c.spec = s->spec;
	c.root = c.dev = c.slave = c.minit = -1;
	for (size_t i = 0; i < COUNT(recipe); i++) {
		recipe[i].run(&c);
		start_trace(s, recipe[i].name);
	}
	quit(STATUS_FAILED); /* not reached: the last one executes */
}
