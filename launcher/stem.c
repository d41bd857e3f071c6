/* stem.c - all processes of an image, from inside the container: the order */
#include "stem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/report.h"
#include "common/signals.h"
#include "cr_clock.h"
#include "cr_image.h"
#include "cr_ipc.h"
#include "cr_lazy.h"
#include "cr_mapping.h"
#include "cr_mounts.h"
#include "cr_mqueue.h"
#include "cr_names.h"
#include "cr_open.h"
#include "cr_route.h"
#include "cr_steps.h"
#include "cr_task.h"
#include "cr_tree.h"
#include "process.h"

static int control = STEM_CONTROL;

static void say(const void *bytes, size_t size)
{
	ssize_t n = send(control, bytes, size, MSG_NOSIGNAL);

	(void)n; /* a launcher that is gone takes us with it */
}

/* What begins with '!' is no failure. */
static void to_launcher(const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "%s", line);
	if (text[0] == '!')
		text[0] = CR_WARNING;
	say(text, strlen(text));
}

bool stem_is_wanted(void)
{
	socklen_t size = sizeof(int);
	int type = 0;

	return getpid() == 1 &&
	       getsockopt(STEM_CONTROL, SOL_SOCKET, SO_TYPE, &type, &size) ==
		       0 &&
	       type == SOCK_SEQPACKET;
}

void stem(const char *how)
{
	static struct cr_image image;
	struct cr_word word = { .kind = CR_READY };
	struct cr_places at;
	uint64_t old;
	size_t self;

	signals_block_all(&old);
	report_to(to_launcher);
	report_status(STATUS_FAILED);
	/* Until we are somebody else: then as that one had it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (strchr(how, STEM_TIMED))
		cr_clock_enter(STEM_TIME);
	if (cr_image_read(&image, STEM_CORE, "image") < 0)
		_exit(STATUS_FAILED);
	image.pages[0] = STEM_PAGES;
	at = cr_places(&image);
	cr_names_restore(&image);
	cr_routes_restore(&image);
	cr_mounts_restore(&image);
	cr_ipc_restore(&image);
	cr_mqueue_restore(&image);
	cr_open_files(&image, &at, control, strchr(how, STEM_STRICT) != NULL);
	control = at.control;
	self = cr_tree_grow(&image);
	cr_tree_join_groups(&image, self);
	if (image.processes[self]->flags & CR_ZOMBIE)
		cr_tree_end_again(image.processes[self]);
	cr_tree_await_ended(&image, self);
	if (strchr(how, STEM_WRITTEN))
		word.way = CR_WRITTEN;
	if (strchr(how, STEM_LATER))
		word.way = cr_lazy_open(at.faults) ? CR_LATER : CR_WRITTEN;
	cr_task_prepare(&image, &at, image.processes[self]);
	word.process = (uint32_t)self;
	say(&word, sizeof(word));
	cr_mapping_change(&image, &at, image.processes[self], &word);
}
