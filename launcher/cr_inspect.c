/* cr_inspect.c - what is in an image, as JSON */
#include "cr_inspect.h"

#include "common/json.h"
#include "cr_image.h"
#include "cr_store.h"

static uint64_t count(const struct cr_image *image, const void *behind,
		      enum cr_type type)
{
	const void *at;
	uint64_t n = 0;

	cr_each (at, image, behind, type, CR_OF_PROCESS)
		n++;
	return n;
}

static uint64_t memory_of(const struct cr_image *image,
			  const struct cr_process *p)
{
	const struct cr_memory *m;
	const struct cr_pages *pages;
	uint64_t bytes = 0;

	cr_each (m, image, NULL, CR_MEMORY, 0)
		if (m->pid == p->pid)
			cr_each (pages, image, m, CR_PAGES, CR_STOP(CR_MEMORY))
				bytes += pages->length;
	return bytes;
}

static void put_parents(struct json *j, const struct cr_image *image)
{
	json_array(j, "parents");
	for (size_t i = 0; i < image->parent_count; i++) {
		json_object(j, NULL);
		json_text(j, "path", image->parents[i]->path);
		json_number(j, "pages_bytes",
			    cr_stores_bytes(image->parents[i]->stores));
		json_close(j);
	}
	json_close(j);
}

static const char *state_of(const struct cr_process *p)
{
	if (p->flags & CR_ZOMBIE)
		return "zombie";
	return p->flags & CR_STOPPED ? "stopped" : "running";
}

static void put_process(struct json *j, const struct cr_image *image,
			const struct cr_process *p)
{
	const struct cr_thread *t = cr_next(image, p, CR_THREAD, CR_OF_PROCESS);

	json_object(j, NULL);
	json_number(j, "pid", (uint64_t)p->pid);
	json_number(j, "ppid", (uint64_t)p->ppid);
	json_number(j, "pgid", (uint64_t)p->pgid);
	json_number(j, "sid", (uint64_t)p->sid);
	json_text(j, "state", state_of(p));
	if (t) {
		json_text(j, "name", t->name);
		json_text(j, "program", image->files[p->exe]->path);
		json_number(j, "uid", t->uid[1]);
		json_number(j, "threads", count(image, p, CR_THREAD));
		json_number(j, "fds", count(image, p, CR_FD));
		json_number(j, "memory", memory_of(image, p));
	}
	json_close(j);
}

void cr_inspect(struct json *j, const struct cr_image *image)
{
	const struct cr_container *c = cr_only(image, CR_CONTAINER);

	json_object(j, NULL);
	json_number(j, "version", CR_VERSION);
	json_text(j, "name", c->name);
	json_text(j, "hostname", c->hostname);
	json_text(j, "build", c->build);
	json_text(j, "kernel", c->kernel);
	json_number(j, "time_ms", (uint64_t)c->realtime_ms);
	json_bool(j, "detached", c->detached);
	json_text(j, "rootfs", cr_only(image, CR_ROOTFS));
	json_number(j, "core_bytes", image->length);
	json_number(j, "pages_bytes", cr_stores_bytes(image->stores));
	put_parents(j, image);
	json_array(j, "processes");
	for (size_t i = 0; i < image->process_count; i++)
		put_process(j, image, image->processes[i]);
	json_close(j);
	json_array(j, "files");
	for (size_t i = 0; i < image->file_count; i++)
		if (*image->files[i]->path)
			json_text(j, NULL, image->files[i]->path);
	json_close(j);
	json_close(j);
}
