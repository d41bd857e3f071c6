/* image_fuzz.c - any bytes as the records of a checkpoint */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cr_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t seen;

static void look_at(const struct cr_image *image, const struct cr_socket *s)
{
	if (!s)
		return;
	seen += strlen(s->where);
	if (s->name_size > sizeof(s->name) ||
	    s->peer_name_size > sizeof(s->peer_name) ||
	    (s->peer >= 0 && !image->sockets[s->peer]))
		abort();
}

/* All that a restore would look at. */
static void walk(const struct cr_image *image)
{
	const struct cr_file *f;
	const struct cr_mount *m;
	const struct cr_entry *e;
	const struct cr_pages *p;
	const struct cr_fd *fd;
	const struct cr_watch *watch;
	const struct cr_queue *queue;
	const struct cr_ipc *ipc;
	const struct cr_vma *vma;
	const struct cr_option *o;
	const struct cr_tcp *tcp;
	const struct cr_link *link;
	const struct cr_letter *message;

	cr_each (f, image, NULL, CR_FILE, 0)
		seen += strlen(f->path);
	cr_each (m, image, NULL, CR_MOUNT, 0)
		seen += strlen(m->target + strlen(m->target) + 1);
	cr_each (e, image, NULL, CR_ENTRY, 0)
		seen += strlen(e->path + strlen(e->path) + 1);
	cr_each (p, image, NULL, CR_PAGES, 0)
		if (p->source >= image->store_count ||
		    p->offset + p->length > image->stores[p->source].length)
			abort();
	cr_each (fd, image, NULL, CR_FD, 0)
		seen += strlen(image->files[fd->file]->path);
	cr_each (watch, image, NULL, CR_WATCH, 0)
		seen += strlen(watch->path) + image->files[watch->file]->kind;
	cr_each (queue, image, NULL, CR_QUEUE, 0)
		seen += strlen(queue->name);
	cr_each (ipc, image, NULL, CR_IPC, 0) {
		if (ipc->kind == CR_IPC_SHM &&
		    ipc->offset + ipc->size > image->stores[0].length)
			abort();
		for (uint64_t i = 0; ipc->kind == CR_IPC_SEM && i < ipc->size;
		     i++)
			seen += ipc->values[i];
	}
	cr_each (vma, image, NULL, CR_VMA, 0)
		if (vma->kind == CR_MAPPED)
			seen += image->files[vma->file]->kind;
	cr_each (tcp, image, NULL, CR_TCP, 0) {
		seen += image->sockets[tcp->file]->file;
		for (size_t i = 0; i < tcp->in_size + (size_t)tcp->out_size;
		     i++)
			seen += (size_t)tcp->bytes[i];
	}
	cr_each (link, image, NULL, CR_LINK, 0)
		seen += strlen(link->name) + strlen(link->kept);
	for (size_t i = 0; i < image->file_count; i++)
		look_at(image, image->sockets[i]);
	cr_each (o, image, NULL, CR_OPTION, 0)
		seen += image->sockets[o->file]->file;
	cr_each (message, image, NULL, CR_LETTER, 0) {
		seen += image->sockets[message->file]->file;
		for (uint32_t i = 0; i < message->fd_count; i++)
			seen += image->files[message->fds[i]]->kind;
	}
	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *process = image->processes[i];

		if (!(process->flags & CR_ZOMBIE) &&
		    !cr_next(image, process, CR_THREAD, CR_OF_PROCESS))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cr_image image;

	if (size < sizeof(struct cr_header))
		return 0;
	/* Exactly as long as the input, so that a byte beyond is noticed. */
	image.bytes = malloc(size);
	if (!image.bytes)
		return 0;
	memcpy(image.bytes, data, size);
	image.length = size;
	image.stores[0].length = 1 << 20;
	image.stores[1].length = 1 << 16;
	if (!cr_image_check(&image))
		walk(&image);
	free(image.bytes);
	return 0;
}
