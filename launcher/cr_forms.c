/* cr_forms.c - is each record of an image as long as it should be? */
#include "cr_forms.h"

#include <string.h>

#include <linux/netlink.h>

enum { PAGE = 4096 };

enum tail { NOTHING, TEXT, TWO_TEXTS, BYTES };

/* What is behind the fixed part, and at most how much. */
static const struct form {
	uint32_t size;
	enum tail tail;
	uint32_t most;
} forms[CR_TYPES] = {
	[CR_END] = { 0, NOTHING, 0 },
	[CR_CONTAINER] = { sizeof(struct cr_container), NOTHING, 0 },
	[CR_SPEC] = { 0, TEXT, 1 << 20 },
	[CR_ROOTFS] = { 0, TEXT, PAGE },
	[CR_CWD] = { 0, TEXT, PAGE },
	[CR_PROCESS] = { sizeof(struct cr_process), NOTHING, 0 },
	[CR_AUXV] = { 0, BYTES, 1024 },
	[CR_ACTION] = { sizeof(struct cr_action), NOTHING, 0 },
	[CR_SIGNAL] = { sizeof(struct cr_signal), NOTHING, 0 },
	[CR_FD] = { sizeof(struct cr_fd), NOTHING, 0 },
	[CR_VMA] = { sizeof(struct cr_vma), NOTHING, 0 },
	[CR_THREAD] = { sizeof(struct cr_thread), NOTHING, 0 },
	[CR_REGSET] = { sizeof(struct cr_regset), BYTES, CR_REGSET_MAX },
	[CR_GROUPS] = { 0, BYTES, 65536 },
	[CR_FILTER] = { 0, BYTES, CR_FILTER_MAX },
	[CR_FILE] = { sizeof(struct cr_file), TEXT, PAGE },
	[CR_DATA] = { sizeof(struct cr_data), BYTES, 1 << 24 },
	[CR_MOUNT] = { sizeof(struct cr_mount), TWO_TEXTS, 2 * PAGE },
	[CR_ENTRY] = { sizeof(struct cr_entry), TWO_TEXTS, 2 * PAGE },
	[CR_MEMORY] = { sizeof(struct cr_memory), NOTHING, 0 },
	[CR_PAGES] = { sizeof(struct cr_pages), NOTHING, 0 },
	[CR_PTY] = { sizeof(struct cr_pty), NOTHING, 0 },
	[CR_TIMER] = { sizeof(struct cr_timer), NOTHING, 0 },
	[CR_LOCK] = { sizeof(struct cr_lock), NOTHING, 0 },
	[CR_OWNER] = { sizeof(struct cr_owner), NOTHING, 0 },
	[CR_WATCH] = { sizeof(struct cr_watch), TEXT, PAGE },
	[CR_IPC] = { sizeof(struct cr_ipc), BYTES, 65536 },
	[CR_MESSAGE] = { sizeof(struct cr_message), BYTES, 1 << 24 },
	[CR_SCHED] = { sizeof(struct cr_sched), NOTHING, 0 },
	[CR_SOCKET] = { sizeof(struct cr_socket), TEXT, PAGE },
	[CR_OPTION] = { sizeof(struct cr_option), BYTES, CR_FILTER_MAX },
	[CR_LETTER] = { sizeof(struct cr_letter), BYTES, 1 << 24 },
	[CR_TCP] = { sizeof(struct cr_tcp), BYTES, 1 << 28 },
	[CR_ROUTE] = { sizeof(struct nlmsghdr), BYTES, PAGE },
	[CR_LINK] = { sizeof(struct cr_link), NOTHING, 0 },
	[CR_GUARD] = { sizeof(struct cr_guard), NOTHING, 0 },
	[CR_PARENT] = { sizeof(struct cr_parent), TEXT, 2 * PAGE },
	[CR_QUEUE] = { sizeof(struct cr_queue), TEXT, PAGE },
};

static bool has_form(const struct cr_record *r)
{
	const struct form *form = forms + r->type;
	const char *text = (const char *)(r + 1) + form->size;
	size_t rest, first;

	if (r->length < form->size || r->length - form->size > form->most)
		return false;
	rest = r->length - form->size;
	if (form->tail == NOTHING || form->tail == BYTES)
		return true;
	if (rest == 0 || text[rest - 1] != '\0')
		return false;
	first = strlen(text) + 1;
	if (form->tail == TEXT)
		return first == rest;
	return first < rest && first + strlen(text + first) + 1 == rest;
}

const struct cr_record *cr_record_at(const struct cr_image *image, size_t at)
{
	return (const void *)(image->bytes + at);
}

size_t cr_record_behind(const struct cr_image *image, size_t at)
{
	return at + sizeof(struct cr_record) +
	       ((cr_record_at(image, at)->length + 7) & ~7U);
}

const char *cr_check_forms(const struct cr_image *image)
{
	size_t at = sizeof(struct cr_header);

	while (image->length - at >= sizeof(struct cr_record)) {
		const struct cr_record *r = cr_record_at(image, at);
		size_t room = image->length - at - sizeof(*r);

		if (r->type >= CR_TYPES || r->length > room ||
		    ((r->length + 7) & ~7U) > room || !has_form(r))
			return "a record is broken";
		at = cr_record_behind(image, at);
		if (r->type == CR_END)
			return at == image->length ? NULL : "it ends too early";
	}
	return "it has no end";
}
