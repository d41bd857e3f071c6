/* start.c - from a spec to a running container, and back
 *
 * The table is the story: down to start; to end it, or when a step fails, up.
 * An undo tolerates a half-done make.
 */
#include "start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await.h"
#include "clone.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/helper.h"
#include "common/memory.h"
#include "common/report.h"
#include "common/syscalls.h"
#include "container_prune.h"
#include "devices.h"
#include "process.h"
#include "restore.h"
#include "seccomp.h"
#include "sync.h"

void start_trace(struct start *s, const char *step)
{
	int64_t now;

	if (!s->spec->trace || s->trace_count == COUNT(s->trace))
		return;
	now = now_us();
	s->trace[s->trace_count++] = (struct trace){ step, now - s->traced_us };
	s->traced_us = now;
}

static void print_trace(const struct start *s)
{
	for (size_t i = 0; i < s->trace_count; i++)
		dprintf(STDERR_FILENO, "launch: trace: %6lld us  %s\n",
			(long long)s->trace[i].us, s->trace[i].step);
}

static bool is_image(const char *path, mode_t mode)
{
	autofd int file = -1;

	if (S_ISREG(mode))
		file = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	return file >= 0 && image_is_known(file);
}

/* Before anything exists: what the child would find out too late. */
static int check_inputs(struct start *s)
{
	const struct spec *spec = s->spec;
	struct stat st;

	if (stat(spec->rootfs, &st) < 0)
		return fail("cannot open rootfs '%s'", spec->rootfs);
	s->image.wanted = S_ISREG(st.st_mode);
	if (!S_ISDIR(st.st_mode) && !is_image(spec->rootfs, st.st_mode))
		return failx(
			"cannot use rootfs '%s': it is not a directory, and no image (squashfs, erofs, ext4, tar)",
			spec->rootfs);
	if (S_ISDIR(st.st_mode) && access(spec->rootfs, X_OK) < 0)
		return fail("cannot enter rootfs '%s'", spec->rootfs);
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct mount_spec *m = spec->mounts + i;

		if (strcmp(m->type, "bind") == 0 && !m->optional &&
		    access(m->source, F_OK) < 0)
			return fail("cannot open '%s' (--volume)", m->source);
	}
	return seccomp_prepare(spec);
}

/* A device that we are to lend may still be where a killed launcher sent it,
 * and a port still lead to its container. */
static int check_links(struct start *s)
{
	const struct spec *spec = s->spec;

	if (net_reclaims(spec))
		container_prune(s->container, NULL);
	s->container->net.wanted = spec;
	return net_check(&s->container->net, spec->nets, spec->net_count);
}

static int make_state(struct start *s)
{
	if (s->container->dir >= 0)
		return 0; /* it has been there before */
	return container_create(s->container, s->spec);
}

static void undo_state(struct start *s)
{
	container_remove(s->container);
}

static int plan_devices(struct start *s)
{
	if (!devices_are_wanted(s->spec))
		return 0;
	return devices_plan(s->container, s->spec);
}

static int plan_cgroup(struct start *s)
{
	return cgroup_plan(&s->container->cgroup, &s->spec->cgroup,
			   s->container->name);
}

static int make_cgroup(struct start *s)
{
	return cgroup_create(&s->container->cgroup, &s->spec->cgroup);
}

static void undo_cgroup(struct start *s)
{
	cgroup_remove(&s->container->cgroup);
}

static int open_image(struct start *s)
{
	if (image_open(&s->image, s->spec, s->container->dir) < 0)
		return -1;
	s->spec->ephemeral |= s->image.covered;
	return 0;
}

static void close_image(struct start *s)
{
	image_close(&s->image);
}

/* Which ids, and the mounts that only we can translate. */
static int plan_ids(struct start *s)
{
	if (userns_plan(&s->userns, s->spec, s->container->rundir) < 0)
		return -1;
	if (!s->userns.used)
		return 0;
	s->go_needed = true;
	return idmap_open(&s->idmap, s->spec, &s->userns, s->image.tree);
}

static void close_ids(struct start *s)
{
	if (s->userns.used)
		idmap_close(&s->idmap);
}

static int map_ids(struct start *s)
{
	const pid_t pid = s->container->pid;

	if (!s->userns.used)
		return 0;
	if (userns_map(&s->userns, pid) < 0)
		return -1;
	return idmap_apply(&s->idmap, s->spec, pid);
}

/* What will exist is written down before it does: if we are killed now, the
 * next launch knows what to clear away. */
static int save_plan(struct start *s)
{
	return cgroup_is_used(&s->container->cgroup)
		       ? container_save(s->container)
		       : 0;
}

static void undo_net(struct start *s)
{
	net_remove(&s->container->net);
}

static bool is_told(const void *start)
{
	return await_wish(start) != 0;
}

static int make_net(struct start *s)
{
	struct net *net = &s->container->net;
	int told;

	if (!s->go_needed)
		return 0;
	helper_watch(is_told, s);
	net->locked = s->restore && restore_has_connections(s->restore);
	if (map_ids(s) < 0 || net_create(net, s->spec->nets, s->spec->net_count,
					 s->container->pid) < 0) {
		told = await_wish(s);
		s->exit_status = told ? told : STATUS_FAILED;
		return -1;
	}
	start_trace(s, "network");
	return sync_go(s->sync_launcher);
}

/* The child has let go of our memory: is it because it failed? */
static int await_exec(struct start *s)
{
	const int told = await_child(s);
	int status;

	if (s->tty)
		s->master = sync_take_fd(s->sync_launcher);
	report_to(NULL);
	close_ids(s);
	close_image(s);
	start_trace(s, "exec");
	if (told) {
		s->exit_status = told;
		return failx("cannot start '%s': told to end before it ran%s",
			     s->spec->argv[0],
			     told == STATUS_TIMEOUT ? " (--timeout)" : "");
	}
	if (!s->failure[0])
		return 0;
	if (waitpid(s->container->pid, &status, 0) > 0 && WIFEXITED(status))
		s->exit_status = WEXITSTATUS(status);
	s->container->pid = 0;
	return failx("%s", s->failure);
}

/* What runs now is to become what it was: see restore.h.  A life after that
 * begins as any other. */
static int restore(struct start *s)
{
	int result;

	if (!s->restore)
		return 0;
	result = restore_take(s->restore, s->container, &s->filler);
	s->restore = NULL;
	return result < 0 ? -1 : net_unlock(&s->container->net);
}

/* What has no undo dies with the child. */
static const struct step {
	const char *name;
	int (*make)(struct start *);
	void (*undo)(struct start *);
} steps[] = {
	{ "inputs", check_inputs, NULL },
	{ "state", make_state, undo_state },
	{ "links", check_links, undo_net },
	{ "devices", plan_devices, NULL },
	{ "cgroup", plan_cgroup, undo_cgroup },
	{ "plan", save_plan, NULL },
	{ "image", open_image, close_image },
	{ "ids", plan_ids, close_ids },
	{ "limits", make_cgroup, NULL },
	{ "namespaces", clone_child, clone_undo },
	{ "network", make_net, NULL },
	{ "exec", await_exec, NULL }, /* meanwhile: child.c */
	{ "restore", restore, NULL },
};

static void undo_from(struct start *s, size_t step)
{
	for (size_t i = step + 1; i-- > 0;)
		if (steps[i].undo)
			steps[i].undo(s);
}

void start_undo(struct start *s)
{
	undo_from(s, COUNT(steps) - 1);
}

void start_forget(void)
{
	clone_forget();
	child_forget();
	cgroup_forget_plan();
}

void start_rewind(struct start *s)
{
	for (size_t i = COUNT(steps); i-- > 0;)
		if (steps[i].undo && steps[i].undo != undo_state)
			steps[i].undo(s);
	s->container->start_time = 0;
	s->failure[0] = '\0';
	s->trace_count = 0;
	s->cloned_into = false;
}

static bool is_before_clone(const struct step *step)
{
	return step->make && step->make != clone_child &&
	       step->make != make_net && step->make != await_exec &&
	       step->make != restore;
}

int start(struct start *s)
{
	s->exit_status = STATUS_FAILED;
	s->traced_us = s->spec->trace ? now_us() : 0;
	s->go_needed = net_needs_launcher(s->spec->nets, s->spec->net_count);
	for (size_t i = 0; i < COUNT(steps); i++) {
		if (steps[i].make && steps[i].make(s) < 0) {
			undo_from(s, i);
			/* In a later life that is there from the beginning. */
			undo_state(s);
			return -1;
		}
		if (is_before_clone(steps + i))
			start_trace(s, steps[i].name);
	}
	print_trace(s);
	return 0;
}
