/* restore.c - a container out of an image: the launcher's side */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/memory.h"
#include "common/report.h"
#include "common/text.h"
#include "config.h"
#include "container.h"
#include "cr_chain.h"
#include "cr_clock.h"
#include "cr_filler.h"
#include "cr_ipc.h"
#include "cr_lazy.h"
#include "cr_load.h"
#include "cr_machine.h"
#include "cr_net.h"
#include "cr_seize.h"
#include "cr_steps.h"
#include "cr_stream.h"
#include "cr_takeover.h"
#include "cr_task.h"
#include "cr_vdso.h"
#include "process.h"
#include "spec.h"
#include "stem.h"
#include "sync.h"

enum {
	PATIENCE_MS = 20000,
	LOOK_MS = 1000,
	ASIDE = STEM_TIME + 1,
	MUCH = 1 << 23, /* bytes: from there on it is sooner */
};

/* What is kept of a stream is ours, and found through /proc. */
static int open_file(const struct restore *r, int dir, const char *name)
{
	return r->keeper ? openat(dir, name, O_RDONLY | O_CLOEXEC)
			 : cr_image_open(dir, name);
}

/* And those of what it builds on. */
static int open_files(struct restore *r)
{
	autofd int dir =
		openat(AT_FDCWD, r->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	r->core = open_file(r, dir, r->core_name);
	r->pages[0] = r->core < 0 ? -1 : open_file(r, dir, r->pages_name);
	if (r->pages[0] < 0)
		return fail("cannot open '%s' of the image '%s' (--dir)",
			    r->core < 0 ? "core.img" : "pages.img", r->path);
	if (!r->image.bytes && cr_image_read(&r->image, r->core, r->path) < 0)
		return -1;
	return cr_chain_open(&r->image, r->where, r->path, r->pages);
}

int restore_check_pages(const struct restore *r)
{
	return cr_chain_check(&r->image, r->pages, r->path);
}

static int check_machine(const struct restore *r)
{
	const struct cr_container *c = cr_only(&r->image, CR_CONTAINER);
	uint64_t missing = c->features & ~cr_machine_features();

	if (!cr_machine_is_known())
		return failx(
			"cannot restore '%s': this kind of machine is not known yet",
			r->path);
	if (missing)
		return failx(
			"cannot restore '%s': this processor lacks features of the one it ran on (xfeatures 0x%llx)",
			r->path, (unsigned long long)missing);
	return 0;
}

int restore_open(struct restore *r, const char *path)
{
	autofd int dir =
		openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	r->path = path;
	copy_text(r->core_name, sizeof(r->core_name), "core.img");
	copy_text(r->pages_name, sizeof(r->pages_name), "pages.img");
	r->core = -1;
	if (dir < 0)
		return fail("cannot open the image '%s' (--dir)", path);
	if (cr_image_where(dir, r->where, sizeof(r->where)) < 0)
		return fail("cannot find the image '%s' (--dir)", path);
	return open_files(r);
}

/* A supervisor has none of our fds, but knows where they are. */
static int keep_stream(struct restore *r)
{
	r->keeper = getpid();
	r->kept[0] = memfd_create("core.img", MFD_CLOEXEC);
	r->kept[1] = memfd_create("pages.img", MFD_CLOEXEC);
	if (r->kept[0] < 0 || r->kept[1] < 0)
		return fail("cannot keep an image in memory (--dir)");
	snprintf(r->where, sizeof(r->where), "/proc/%d/fd", r->keeper);
	snprintf(r->core_name, sizeof(r->core_name), "%d", r->kept[0]);
	snprintf(r->pages_name, sizeof(r->pages_name), "%d", r->kept[1]);
	return cr_stream_read(STDIN_FILENO, r->kept[0], r->kept[1]);
}

int restore_open_stream(struct restore *r, const char *path)
{
	if (path)
		return cr_stream_store(STDIN_FILENO, path) < 0
			       ? -1
			       : restore_open(r, path);
	r->path = "-";
	return keep_stream(r) < 0 ? -1 : open_files(r);
}

/* A process more, and each piece in turn: what is little is read at once as fast. */
static void choose_way(struct restore *r)
{
	const bool much = cr_lazy_bytes(&r->image) >= MUCH;

	r->way = r->lazy || (much && !r->eager) ? CR_LATER
		 : much                         ? CR_WRITTEN
						: CR_AT_ONCE;
	if (r->way != CR_LATER || cr_lazy_check() == 0)
		return;
	r->way = much ? CR_WRITTEN : CR_AT_ONCE;
	if (r->lazy)
		warn("cannot bring memory when it is needed (--lazy), so it is read at once");
}

int restore_spec(struct restore *r, struct spec *spec, const char *name)
{
	const char *cwd = cr_only(&r->image, CR_CWD);
	const struct cr_container *c = cr_only(&r->image, CR_CONTAINER);
	/* Ours to cut into words: nobody looks at it again. */
	char *text =
		r->image.bytes +
		((const char *)cr_only(&r->image, CR_SPEC) - r->image.bytes);

	choose_way(r);
	if (check_machine(r) < 0 || cr_vdso_check(&r->image, r->path) < 0 ||
	    (r->way != CR_LATER && restore_check_pages(r) < 0))
		return -1;
	/* Their numbers will be somebody else's: see restore_prepare(). */
	fd_close(&r->core);
	cr_chain_close(&r->image, r->pages);
	if (config_parse(spec, text, r->path) < 0)
		return -1;
	spec->rootfs = cr_only(&r->image, CR_ROOTFS);
	spec->name = name ? name : c->name;
	spec->detach = c->detached;
	if (chdir(cwd) < 0)
		warn("cannot enter '%s', where it was started", cwd);
	if (spec_finish(spec) < 0)
		return -1;
	cr_net_restore(&r->image, spec);
	return 0;
}

bool restore_has_tty(const struct restore *r)
{
	const struct cr_container *c = cr_only(&r->image, CR_CONTAINER);

	return c->tty;
}

bool restore_has_connections(const struct restore *r)
{
	return cr_only(&r->image, CR_TCP);
}

int restore_prepare(struct restore *r)
{
	const struct cr_container *c = cr_only(&r->image, CR_CONTAINER);

	/* Again: a supervisor closes what it has not opened. */
	if (open_files(r) < 0)
		return -1;
	r->program = openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (r->program < 0)
		return fail("cannot open '/proc/self/exe'");
	r->time = cr_clock_make(c->clocks);
	return sync_pair(&r->launcher, &r->stem) < 0 ||
			       sync_know(r->launcher) < 0
		       ? -1
		       : 0;
}

/* Above, as any of them may have the number of another. */
static int aside(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, ASIDE);

	if (copy < 0)
		die("cannot hand fds to the stem");
	return copy;
}

void restore_become_stem(const struct restore *r)
{
	static const char ways[] = { [CR_AT_ONCE] = '-',
				     [CR_WRITTEN] = STEM_WRITTEN,
				     [CR_LATER] = STEM_LATER };
	const char how[] = { r->strict ? STEM_STRICT : '-', ways[r->way],
			     r->time >= 0 ? STEM_TIMED : '-', '\0' };
	const char *const argv[] = { "launch", "stem", how, NULL };
	static const char *const env[] = { NULL };
	int control = aside(r->stem), core = aside(r->core),
	    program = aside(r->program),
	    time = r->time < 0 ? -1 : aside(r->time);
	int pages[CR_STORES_MAX];

	for (size_t i = 0; i < r->image.store_count; i++)
		pages[i] = r->pages[i] < 0 ? -1 : aside(r->pages[i]);

	if (dup2(control, STEM_CONTROL) < 0 || dup2(core, STEM_CORE) < 0 ||
	    (time >= 0 && dup2(time, STEM_TIME) < 0))
		die("cannot hand fds to the stem");
	for (size_t i = 0; i < r->image.store_count; i++)
		if (pages[i] >= 0 && dup2(pages[i], STEM_PAGES + (int)i) < 0)
			die("cannot hand fds to the stem");
	process_exec_fd(program, argv, env);
}

/* Those that have said something, by their place in the image. */
static struct cr_changed heard[CR_PROCESSES_MAX];

static int hear_word(const struct restore *r, const struct cr_word *word,
		     pid_t pid)
{
	if (word->process >= r->image.process_count)
		return failx("cannot understand what the first process says");
	heard[word->process] =
		(struct cr_changed){ pid, word->room, word->span, word->way };
	if (word->kind == CR_READY && word->way == CR_LATER &&
	    cr_filler_adopt(word->process, pid, r->faults) < 0)
		return -1;
	return word->kind == CR_BROKEN
		       ? cr_steps_fail(pid,
				       r->image.processes[word->process]->pid,
				       word)
		       : word->kind;
}

/* The kind of it; -1: it has failed. */
static int hear(const struct restore *r)
{
	union {
		char text[512];
		struct cr_word word;
	} said;
	pid_t pid;
	ssize_t n = sync_hear(r->launcher, &said, sizeof(said) - 1, &pid);

	if (n <= 0)
		return failx("cannot restore '%s': its first process died",
			     r->path);
	switch (said.text[0]) {
	case CR_READY:
	case CR_DONE:
	case CR_BROKEN:
		return hear_word(r, &said.word, pid);
	}
	said.text[n] = '\0';
	if (said.text[0] != CR_WARNING)
		return failx("%s", said.text);
	warnx("%s", said.text + 1);
	return CR_WARNING;
}

/* Who reads much memory may take his time, but has to live. */
static int await(const struct restore *r, bool all_ready)
{
	struct pollfd p = { .fd = r->launcher, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, all_ready ? LOOK_MS : PATIENCE_MS) == 1)
			return hear(r);
		if (!all_ready)
			return failx(
				"cannot restore '%s': its processes do not get ready",
				r->path);
		for (size_t i = 0; i < r->image.process_count; i++)
			if (heard[i].pid && cr_is_dead(heard[i].pid))
				return failx(
					"cannot restore process %d: it died",
					r->image.processes[i]->pid);
	}
}

static int check_later(const void *restore)
{
	return restore_check_pages(restore);
}

/* Before anybody touches what is not there. */
static int start_filler(const struct restore *r, const struct container *c,
			pid_t *filler)
{
	const struct cr_filler how = {
		.image = &r->image,
		.pages = r->pages,
		.init = c->pid,
		.dir = c->dir,
		.check = check_later,
		.arg = r,
	};

	return cr_filler_start(&how, filler);
}

/* While they change their memory the filler begins, so that nobody waits for it. */
static int await_all(const struct restore *r, const struct container *c,
		     pid_t *filler)
{
	size_t ready = 0, done = 0, all = 0;

	for (size_t i = 0; i < r->image.process_count; i++)
		all += !(r->image.processes[i]->flags & CR_ZOMBIE);
	while (done < all) {
		int kind = await(r, ready == all);

		if (kind < 0)
			return -1;
		ready += kind == CR_READY;
		done += kind == CR_DONE;
		if (kind == CR_READY && ready == all &&
		    start_filler(r, c, filler) < 0)
			return -1;
	}
	return 0;
}

/* Also where some come later: who cannot have it so has it written. */
static int load_all(const struct restore *r)
{
	for (size_t i = 0; i < r->image.process_count; i++)
		if (heard[i].way == CR_WRITTEN &&
		    cr_load(&r->image, r->pages, r->image.processes[i],
			    heard[i].pid) < 0)
			return -1;
	return 0;
}

static int take_all(struct restore *r, const struct container *c, pid_t *filler)
{
	struct cr_takeover takeover = {
		.image = &r->image,
		.at = cr_places(&r->image),
	};

	r->faults = takeover.at.faults;
	if (await_all(r, c, filler) < 0 || load_all(r) < 0)
		return -1;
	/* All of them had to do without: nobody else looks then. */
	if (r->way == CR_LATER && !*filler) {
		if (r->lazy)
			warnx("cannot bring memory when it is needed (--lazy): its processes may not use userfaultfd(2)");
		if (restore_check_pages(r) < 0)
			return -1;
	}
	takeover.touch = *filler;
	for (size_t i = 0; i < r->image.process_count; i++) {
		const struct cr_process *p = r->image.processes[i];

		if (!(p->flags & CR_ZOMBIE) &&
		    cr_takeover(&takeover, p, heard + i) < 0)
			return -1;
	}
	return cr_ipc_finish(&r->image, c->pid);
}

/* Who waits for long does not need what was needed to get there; but for the
 * texts that the spec points to, which come first. */
static void forget(struct restore *r)
{
	const char *rest = cr_only(&r->image, CR_PROCESS);
	size_t used = (size_t)(rest - r->image.bytes);

	cr_chain_close(&r->image, r->pages);
	memory_forget(r->image.bytes + used, r->image.size - used);
	if (r->keeper == getpid()) {
		fd_close(&r->kept[0]);
		fd_close(&r->kept[1]);
	}
	fd_close(&r->core);
	fd_close(&r->program);
	fd_close(&r->time);
	fd_close(&r->launcher);
	memory_forget(r, sizeof(*r));
}

int restore_take(struct restore *r, const struct container *c, pid_t *filler)
{
	fd_close(&r->stem);
	if (take_all(r, c, filler) < 0) {
		/* Nobody else may see those die that we hold, and without that
		 * their first process would not come to its end. */
		kill(c->pid, SIGKILL);
		cr_see_die();
		return -1;
	}
	cr_takeover_release();
	cr_filler_go();
	forget(r);
	return 0;
}
