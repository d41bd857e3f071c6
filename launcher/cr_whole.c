/* cr_whole.c - is all there that an image speaks of? */
#include "cr_whole.h"

#include <stdbool.h>

#include "common/count.h"
#include "cr_socket.h"

static bool is_file(const struct cr_image *image, int32_t index)
{
	return index >= 0 && (size_t)index < image->file_count;
}

static bool is_segment(const struct cr_image *image, int32_t id)
{
	const struct cr_ipc *ipc;

	cr_each (ipc, image, NULL, CR_IPC, 0)
		if (ipc->kind == CR_IPC_SHM && ipc->id == id)
			return true;
	return false;
}

/* Files are anywhere. */
static const char *check_indexes(const struct cr_image *image)
{
	static const char wrong[] = "a file is missing";
	const struct cr_fd *fd;
	const struct cr_vma *vma;
	const struct cr_data *data;
	const struct cr_watch *watch;

	for (size_t i = 0; i < image->process_count; i++) {
		const struct cr_process *p = image->processes[i];

		if (p->flags & CR_ZOMBIE)
			continue;
		if (!is_file(image, p->exe) || !is_file(image, p->cwd) ||
		    (p->root >= 0 && !is_file(image, p->root)))
			return wrong;
	}
	cr_each (fd, image, NULL, CR_FD, 0)
		if (!is_file(image, fd->file))
			return wrong;
	cr_each (vma, image, NULL, CR_VMA, 0)
		if ((vma->kind == CR_MAPPED && !is_file(image, vma->file)) ||
		    (vma->kind == CR_SYSV && !is_segment(image, vma->file)))
			return wrong;
	cr_each (watch, image, NULL, CR_WATCH, 0)
		if (!is_file(image, (int32_t)watch->file))
			return wrong;
	cr_each (data, image, NULL, CR_DATA, 0)
		if (!is_file(image, (int32_t)data->file))
			return wrong;
	return cr_sockets_check(image);
}

const char *cr_check_whole(const struct cr_image *image)
{
	static const enum cr_type needed[] = { CR_CONTAINER, CR_SPEC, CR_ROOTFS,
					       CR_CWD, CR_PROCESS };

	for (size_t i = 0; i < COUNT(needed); i++)
		if (!cr_only(image, needed[i]))
			return "it is incomplete";
	return check_indexes(image);
}
