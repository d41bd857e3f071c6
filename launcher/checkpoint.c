/* checkpoint.c - a running container, saved in a directory: the order */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_control.h"
#include "common/clock.h"
#include "common/count.h"
#include "common/fd.h"
#include "common/io.h"
#include "common/json.h"
#include "common/report.h"
#include "common/signals.h"
#include "common/text.h"
#include "container.h"
#include "container_find.h"
#include "cr_chain.h"
#include "cr_clock.h"
#include "cr_early.h"
#include "cr_files.h"
#include "cr_image.h"
#include "cr_ipc.h"
#include "cr_lazy.h"
#include "cr_memories.h"
#include "cr_mounts.h"
#include "cr_mqueue.h"
#include "cr_names.h"
#include "cr_net.h"
#include "cr_obstacle.h"
#include "cr_proc.h"
#include "cr_ranges.h"
#include "cr_remote.h"
#include "cr_sched.h"
#include "cr_seize.h"
#include "cr_snapshot.h"
#include "cr_socket.h"
#include "cr_state.h"
#include "cr_store.h"
#include "cr_tcp.h"
#include "cr_track.h"
#include "cr_tty.h"
#include "event.h"
#include "net_plug.h"
#include "process.h"
#include "spec.h"

enum { CLEANUP_MS = 10000, SPEC_MAX = 1 << 20 };

struct saving {
	const struct checkpoint *wanted;
	struct container *c;
	pid_t front;           /* who was typed */
	struct cr_image image; /* large, as the next */
	struct cr_seized seized;
	struct cr_container *record;
	struct cr_memories memories;
	int64_t held_us, stood_us;
	bool held, plugged;
	bool begun; /* there is something of it in the directory */
};

/* Everybody there is somebody else here. */
static bool has_userns(const struct saving *s)
{
	char ours[64], theirs[64];

	return cr_proc_link(getpid(), "ns/user", ours, sizeof(ours)) > 0 &&
	       cr_proc_link(s->c->pid, "ns/user", theirs, sizeof(theirs)) > 0 &&
	       strcmp(ours, theirs) != 0;
}

/* What can be known without looking at any process. */
static int check_spec(struct saving *s)
{
	const struct spec *spec = s->wanted->spec;

	if (cgroup_is_frozen(&s->c->cgroup) &&
	    cr_obstacle(NULL, "it is frozen (launch thaw)") < 0)
		return -1;
	if (spec->shared_namespaces & CLONE_NEWPID &&
	    cr_obstacle(NULL, "it shares the host's pids") < 0)
		return -1;
	if (has_userns(s) && cr_obstacle(NULL, "it has a user namespace") < 0)
		return -1;
	if (spec->ephemeral &&
	    cr_obstacle(NULL,
			"what it writes is lost at its end (--ephemeral)") < 0)
		return -1;
	if (!cr_machine_is_known() &&
	    cr_obstacle(NULL, "this kind of machine is not known yet") < 0)
		return -1;
	return 0;
}

/* What a start lends is lent again.  What was plugged in later no spec knows. */
static void find_plugged(const char *device, const char *inside, void *saving)
{
	struct saving *s = saving;
	const struct net *net = &s->c->net;

	for (size_t i = 0; inside && i < net->count; i++)
		if (net->links[i].kind == NET_PHYS &&
		    strcmp(net->links[i].name, inside) == 0)
			return;
	s->plugged |=
		cr_obstacle(NULL, "'%s' is plugged into it (launch device del)",
			    device) < 0;
}

static int check_plugged(struct saving *s)
{
	net_each_plugged(&s->c->net, find_plugged, s);
	return s->plugged ? -1 : 0;
}

/* Of a start that makes links, or has none. */
static bool has_own_network(const struct saving *s)
{
	for (size_t i = 0; i < s->wanted->spec->net_count; i++) {
		enum net_kind kind = s->wanted->spec->nets[i].kind;

		if (kind == NET_HOST || kind == NET_JOIN || kind == NET_PASTA)
			return false;
	}
	return true;
}

static int begin_files(struct saving *s, bool content)
{
	cr_tcp_begin(s->wanted->keep_tcp    ? CR_TCP_KEEP
		     : s->wanted->close_tcp ? CR_TCP_CLOSE
					    : CR_TCP_REFUSE,
		     !has_own_network(s));
	cr_unix_begin(s->wanted->cut_unix);
	if (has_own_network(s) &&
	    cr_net_dump(&s->image, s->c->pid, &s->c->net) < 0)
		return -1;
	return cr_files_begin(&s->image, &s->seized, s->c->launcher, content);
}

/* All obstacles, or the first, while everything still runs. */
static int check(struct saving *s)
{
	if (check_spec(s) < 0 || check_plugged(s) < 0 ||
	    cr_mounts_check(s->c->pid, s->wanted->spec) < 0 ||
	    cr_find_processes(&s->seized, s->c->pid) < 0 ||
	    begin_files(s, false) < 0)
		return -1;
	for (size_t i = 0; i < s->seized.process_count; i++) {
		const struct cr_held *p = s->seized.processes + i;

		if (cr_state_check(&s->seized, p) < 0 ||
		    (!p->zombie && cr_files_dump(&s->image, p) < 0))
			return -1;
	}
	return cr_sockets_finish(&s->image);
}

/* What the next launcher starts with. */
static int describe(struct saving *s)
{
	static char text[SPEC_MAX];
	char cwd[SPEC_PATH_MAX + 1];

	cr_image_empty(&s->image); /* of what the check has left */
	s->record = cr_add(&s->image, CR_CONTAINER, sizeof(*s->record));
	s->record->realtime_ms = (int64_t)time(NULL) * 1000;
	s->record->features = cr_machine_features();
	s->record->detached = faccessat(s->c->dir, "log", F_OK, 0) == 0;
	s->record->tty = s->c->tty;
	snprintf(s->record->name, sizeof(s->record->name), "%s", s->c->name);
	snprintf(s->record->build, sizeof(s->record->build), "%s", VERSION);
	if (cr_names_dump(s->record, s->c->pid, s->c->name) < 0)
		return -1;
	if (read_file_at(s->c->dir, "spec", text, sizeof(text)) < 0)
		return fail("cannot read the spec of '%s'", s->c->name);
	if (cr_proc_link(s->c->launcher, "cwd", cwd, sizeof(cwd)) < 0)
		return fail("cannot read the directory of process %d",
			    s->c->launcher);
	cr_add_text(&s->image, CR_SPEC, text);
	cr_add_text(&s->image, CR_ROOTFS, s->c->rootfs);
	cr_add_text(&s->image, CR_CWD, cwd);
	return cr_chain_describe(&s->image);
}

/* Here ends an older image in the same place: nothing was in the way so far. */
static int begin_image(struct saving *s)
{
	const struct checkpoint *w = s->wanted;

	s->begun = true;
	return w->dir < 0 ? cr_image_begin_stream(&s->image, STDOUT_FILENO)
			  : cr_image_begin(&s->image, w->dir, w->direct);
}

static int hold_all(struct saving *s)
{
	s->held_us = now_us();
	if (cr_seize(&s->seized, s->c->pid) < 0)
		return -1;
	s->held = true;
	return 0;
}

static void let_go(struct saving *s)
{
	cr_tcp_release();
	if (!s->held)
		return;
	cr_let_go(&s->seized);
	s->held = false;
	s->stood_us += now_us() - s->held_us;
}

/* Who goes on stands still only for what changes from here on. */
static int copy_early(struct saving *s)
{
	const struct checkpoint *w = s->wanted;

	if (!w->leave || w->track || w->parent ||
	    !cr_early_begin(&s->seized, s->c->dir))
		return 0;
	s->memories.early = true;
	if (!cr_early_is_open()) {
		if (hold_all(s) < 0)
			return -1;
		cr_early_open(&s->seized);
		let_go(s);
	}
	return cr_early_copy(&s->image, &s->seized);
}

static int hold(struct saving *s)
{
	cr_sched_begin(s->c->launcher);
	for (size_t i = 0; s->wanted->leave && i < s->seized.process_count; i++)
		cr_ranges_look(s->seized.processes[i].pid);
	return hold_all(s) < 0 ? -1 : begin_files(s, true);
}

/* Each has its own registers again as soon as it is written down. */
static int save_states(struct saving *s)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < s->seized.process_count; i++) {
		const struct cr_held *p = s->seized.processes + i;
		size_t at = s->image.length + sizeof(struct cr_record);

		result = cr_state_dump(&s->image, &s->seized, p,
				       &s->record->vdso_sum);
		if (result == 0)
			result =
				cr_memories_meet(&s->memories, i,
						 (const void *)(s->image.bytes +
								at));
		cr_put_back(&s->seized, p);
	}
	return result < 0 ? -1 : cr_sockets_finish(&s->image);
}

/* Who goes on does so as soon as nothing of his is needed any more. */
static int save_memory(struct saving *s)
{
	if (cr_memories_hold(&s->memories) < 0)
		return -1;
	if (s->wanted->leave)
		let_go(s);
	return cr_memories_finish(&s->memories);
}

static int save_mounts(struct saving *s)
{
	return cr_mounts_dump(&s->image, s->c->pid) < 0 ||
			       cr_tty_dump(&s->image, s->c->pid) < 0
		       ? -1
		       : 0;
}

/* What is everybody's.  The queues are those of where this process is then. */
static int save_ipc(struct saving *s)
{
	if (!cr_ipc_is_own(s->c->pid))
		return 0;
	return cr_ipc_dump(&s->image, s->c->pid) < 0 ||
			       cr_mqueue_dump(&s->image) < 0
		       ? -1
		       : 0;
}

static int write_image(struct saving *s)
{
	if (cr_clock_read(s->c->pid, s->record->clocks) < 0)
		return fail("cannot read the clocks of the container");
	return cr_image_end(&s->image, s->wanted->dir);
}

static void forget_image(const struct saving *s)
{
	if (s->wanted->dir < 0 || !s->begun)
		return;
	unlinkat(s->wanted->dir, "core.img", 0);
	unlinkat(s->wanted->dir, "core.new", 0);
	for (size_t i = 0; i < CR_STORES; i++)
		unlinkat(s->wanted->dir, cr_store_names[i], 0);
}

/* It dies where it stands, and is not started again. */
static int finish(struct saving *s)
{
	autofd int stop = -1;

	if (s->wanted->leave) {
		cr_snapshot_end();
		return 0;
	}
	stop = openat(s->c->dir, "stop", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (stop < 0 || (cr_tcp_is_kept() && cr_net_silence(s->c->pid) < 0))
		return fail("cannot end '%s'", s->c->name);
	cr_tcp_end();
	if (container_signal(s->c, SIGKILL) < 0)
		return fail("cannot end '%s'", s->c->name);
	s->stood_us += now_us() - s->held_us;
	cr_see_die();
	cr_tcp_forget();
	s->held = false;
	return 0;
}

static const struct step {
	const char *name;
	int (*make)(struct saving *);
} steps[] = {
	{ "check", check },        { "describe", describe },
	{ "begin", begin_image },  { "early", copy_early },
	{ "hold", hold },          { "states", save_states },
	{ "mounts", save_mounts }, { "ipc", save_ipc },
	{ "memory", save_memory }, { "write", write_image },
	{ "end", finish },
};

static bool is_abandoned(const struct saving *s)
{
	return getppid() != s->front;
}

/* Who has typed it may be gone at any time; but what has ended has only its image
 * left. */
static int save(struct saving *s)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i].make(s) < 0 ||
		    (steps[i].make != finish && is_abandoned(s))) {
			let_go(s);
			cr_snapshot_end();
			forget_image(s);
			return STATUS_FAILED;
		}
	return 0;
}

static void tell(const struct saving *s)
{
	struct event event = { .kind = "checkpoint", .pid = s->c->pid };

	event_tell(s->c->rundir, s->c->name, &event);
	dprintf(s->wanted->dir < 0 ? STDERR_FILENO : STDOUT_FILENO,
		"%s: %zu processes, %llu KiB, stood for %lld.%03lld ms\n",
		s->c->name, s->seized.process_count,
		(unsigned long long)(cr_stores_bytes(
					     cr_header_of(&s->image)->stores) +
				     s->image.length) >>
			10,
		(long long)s->stood_us / 1000, (long long)s->stood_us % 1000);
}

/* What there is of older images is found before anything is touched. */
static int begin(struct saving *s)
{
	const struct checkpoint *w = s->wanted;

	s->memories.image = &s->image;
	s->memories.seized = &s->seized;
	s->memories.leave = w->leave;
	s->memories.track = w->track;
	s->memories.since = w->parent;
	if ((w->parent && cr_chain_begin(w->parent, w->dir) < 0) ||
	    ((w->parent || w->track) &&
	     cr_track_begin(s->c->dir, s->c->name, w->parent, cr_chain_id()) <
		     0))
		return -1;
	return cr_image_make_room(&s->image);
}

/* In the process that holds them all. */
static int work(struct saving *s)
{
	if (begin(s) < 0)
		return STATUS_FAILED;
	if (save(s) != 0)
		return STATUS_FAILED;
	tell(s);
	if (s->wanted->track || s->memories.early)
		return cr_track_keep(cr_header_of(&s->image)->id, s->c->pidfd,
				     s->wanted->track) < 0
			       ? STATUS_FAILED
			       : 0;
	if (!s->wanted->leave && container_wait_launcher(s->c, CLEANUP_MS) > 0)
		warnx("the launcher of '%s' (process %d) does not end",
		      s->c->name, s->c->launcher);
	return 0;
}

/* Nothing is written, and nobody held. */
static int list_obstacles(struct saving *s)
{
	struct json j;
	int result;

	if (s->wanted->json) {
		json_begin(&j, STDOUT_FILENO);
		json_array(&j, NULL);
	}
	cr_obstacle_list(s->wanted->json ? &j : NULL);
	result = cr_image_make_room(&s->image) < 0 ? -1 : check(s);
	if (s->wanted->json) {
		json_close(&j);
		json_end(&j);
	}
	return result < 0 || cr_obstacle_count() > 0 ? STATUS_FAILED : 0;
}

int checkpoint(const struct checkpoint *wanted)
{
	static struct saving s;
	uint64_t old;
	int status;
	pid_t pid;

	s.wanted = wanted;
	s.c = wanted->container;
	cr_obstacle_of(s.c->name);
	if (wanted->check)
		return list_obstacles(&s);
	cr_lazy_wait(s.c->dir, s.c->name);
	s.front = getpid();
	pid = fork();
	if (pid < 0) {
		fail("cannot fork");
		return STATUS_FAILED;
	}
	if (pid == 0) {
		/* Not with its terminal, nor with its group. */
		setsid();
		signals_block_all(&old);
		_exit(work(&s));
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}
