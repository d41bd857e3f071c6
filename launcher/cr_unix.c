/* cr_unix.c - unix sockets into an image
 *
 * The kernel tells who is connected with whom by the inodes of both.  The other
 * half has none when it has ended, or has not been accepted yet; then whoever
 * listens tells the inode of who waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include <linux/magic.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>

#include "common/fd.h"
#include "common/netlink.h"
#include "common/report.h"
#include "cr_obstacle.h"
#include "cr_seize.h"
#include "cr_socket.h"
#include "cr_visit.h"

enum {
	WAITING_MAX = 4096,
	NAME = offsetof(struct sockaddr_un, sun_path),
	SHUT_BOTH = 3, /* as the kernel counts */
};

static bool cuts; /* what is connected with somebody outside */

void cr_unix_begin(bool cut)
{
	cuts = cut;
}

/* What sock_diag(7) says of one. */
struct state {
	uint32_t peer, waiting, limit, file;
	bool has_peer;
	uint8_t shutdown;
	uint32_t clients[WAITING_MAX];
};

static bool has_path(const struct cr_socket *s)
{
	return s->name_size > NAME && s->name[NAME] != '\0';
}

/* Is the file at its name the one that it has? */
static void find_file(const struct cr_found *f, uint32_t inode)
{
	const char *name = (const char *)f->s->name + NAME;
	char path[sizeof(f->s->name) + 32];
	struct statfs fs;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/%s/%.108s", f->p->pid,
		 name[0] == '/' ? "root" : "cwd", name);
	f->s->flags |= CR_NAMELESS;
	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    statfs(path, &fs) < 0)
		return;
	/* An overlay has numbers of its own. */
	if ((uint32_t)st.st_ino != inode && fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return;
	f->s->flags &= ~(uint32_t)CR_NAMELESS;
	f->s->mode = st.st_mode & 07777;
	f->s->uid = st.st_uid;
	f->s->gid = st.st_gid;
}

/* What sockets remember of others. */
struct question {
	int copy;
	struct ucred answer;
};

static int ask_peer(void *arg)
{
	struct question *q = arg;
	socklen_t size = sizeof(q->answer);

	return getsockopt(q->copy, SOL_SOCKET, SO_PEERCRED, &q->answer, &size);
}

int cr_unix_dump(const struct cr_found *f, int copy)
{
	struct question q = { .copy = copy };

	if (ask_peer(&q) < 0 || q.answer.uid == (uid_t)-1)
		return 0;
	f->s->peer_uid = q.answer.uid;
	f->s->peer_gid = q.answer.gid;
	f->s->peer_pid = cr_socket_inner(q.answer.pid);
	if (!f->s->peer_pid && q.answer.pid > 0 &&
	    cr_visit_pids(cr_socket_init(), ask_peer, &q) == 0)
		f->s->peer_pid = q.answer.pid;
	return 0;
}

static int read_state(const struct nlmsghdr *item, void *arg)
{
	const struct nlattr *a[UNIX_DIAG_MAX + 1];
	struct state *s = arg;
	const struct unix_diag_vfs *vfs;
	const struct unix_diag_rqlen *queue;
	size_t size;

	if (!netlink_family(item, sizeof(struct unix_diag_msg)))
		return 0;
	netlink_attrs(item, sizeof(struct unix_diag_msg), a, UNIX_DIAG_MAX);
	s->has_peer = a[UNIX_DIAG_PEER];
	s->peer = netlink_u32(a[UNIX_DIAG_PEER]);
	if (netlink_data(a[UNIX_DIAG_SHUTDOWN], 1))
		s->shutdown = *(
			const uint8_t *)netlink_data(a[UNIX_DIAG_SHUTDOWN], 1);
	vfs = netlink_data(a[UNIX_DIAG_VFS], sizeof(*vfs));
	queue = netlink_data(a[UNIX_DIAG_RQLEN], sizeof(*queue));
	s->file = vfs ? vfs->udiag_vfs_ino : 0;
	s->limit = queue ? queue->udiag_wqueue : 0;
	size = netlink_len(a[UNIX_DIAG_ICONS]);
	if (size > sizeof(s->clients))
		size = sizeof(s->clients);
	s->waiting = (uint32_t)(size / sizeof(*s->clients));
	if (size > 0)
		memcpy(s->clients, netlink_data(a[UNIX_DIAG_ICONS], size),
		       size);
	return 0;
}

static int ask(struct netlink *nl, uint32_t inode, struct state *s)
{
	struct netlink_msg msg;
	struct unix_diag_req *r;

	s->waiting = 0;
	netlink_clear(&msg);
	r = netlink_begin(&msg, SOCK_DIAG_BY_FAMILY, 0, sizeof(*r));
	r->sdiag_family = AF_UNIX;
	r->udiag_states = ~0U;
	r->udiag_ino = inode;
	r->udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS |
			UDIAG_SHOW_RQLEN;
	r->udiag_cookie[0] = r->udiag_cookie[1] = ~0U;
	return netlink_ask(nl, &msg, read_state, s);
}

static int open_diag(void *arg)
{
	return netlink_open(arg, NETLINK_SOCK_DIAG);
}

/* Each network tells of its own only. */
static int ask_there(const struct cr_found *f, struct state *s)
{
	autofd int copy = cr_socket_copy(f);
	autofd int net = ioctl(copy, SIOCGSKNS);
	struct netlink nl = NETLINK_INIT;
	int result = -1;

	if (net >= 0 && cr_visit_net_of(net, open_diag, &nl) == 0)
		result = ask(&nl, f->inode, s);
	netlink_close(&nl);
	return result;
}

/* Where it has come to, as that was bound: ", as '/dev/log'". */
static const char *place_of(const struct cr_socket *s)
{
	static char text[sizeof(s->peer_name) + 16];
	const char *name = (const char *)s->peer_name + NAME;

	if (s->peer_name_size <= NAME)
		return "";
	snprintf(text, sizeof(text), ", as '%s%.*s'", name[0] ? "" : "@",
		 (int)(s->peer_name_size - NAME), name + !name[0]);
	return text;
}

static int has_elsewhere(const struct cr_found *f, uint32_t inode, bool content)
{
	const char *who = inode ? cr_socket_holder(inode) : NULL;

	/* While it runs, it may wait in a socket, on its way to somebody. */
	if (cuts || (inode && !who && !content))
		return 0;
	return cr_obstacle(
		f->p,
		"fd %d is a unix socket whose other half is outside: %s has it%s (--ext-unix)",
		f->fd, who ? who : "nobody", place_of(f->s));
}

/* Those that nobody has accepted yet are made to wait again. */
static int note_clients(const struct cr_found *f, const struct state *state,
			bool content)
{
	for (uint32_t i = 0; i < state->waiting; i++) {
		const struct cr_found *client =
			cr_socket_find(state->clients[i]);
		autofd int copy = client ? cr_socket_copy(client) : -1;
		int unread = 0;

		if (!client) {
			if (has_elsewhere(f, state->clients[i], content) < 0)
				return -1;
			continue;
		}
		client->s->flags |= CR_WAITING;
		client->s->peer = (int32_t)f->s->file;
		client->s->order = i;
		if (ioctl(copy, SIOCOUTQ, &unread) == 0 && unread > 0 &&
		    cr_obstacle(
			    client->p,
			    "fd %d has sent something to a unix socket that is not accepted yet",
			    client->fd) < 0)
			return -1;
	}
	return 0;
}

static int note_peer(const struct cr_found *f, const struct state *state,
		     bool content)
{
	const struct cr_found *peer;

	if (!state->has_peer || f->s->flags & CR_WAITING)
		return 0;
	peer = state->peer ? cr_socket_find(state->peer) : NULL;
	f->s->peer = peer ? (int32_t)peer->s->file : CR_DEAD;
	/* Who has ended has shut it down; who has not accepted it has not. */
	if (peer || (!state->peer && (f->s->type == SOCK_DGRAM ||
				      state->shutdown == SHUT_BOTH)))
		return 0;
	return has_elsewhere(f, state->peer, content);
}

static int look(struct netlink *nl, const struct cr_found *f, bool content)
{
	static struct state state; /* large */

	if (f->s->family != AF_UNIX)
		return 0;
	state = (struct state){ 0 };
	if ((f->foreign ? ask_there(f, &state) : ask(nl, f->inode, &state)) < 0)
		return !content ? 0 : /* it has just been closed */
			       fail("cannot ask about fd %d of process %d (is CONFIG_UNIX_DIAG on?)",
				    f->fd, f->p->inner);
	f->s->shutdown = state.shutdown;
	if (has_path(f->s))
		find_file(f, state.file);
	if (!(f->s->flags & CR_LISTENS))
		return note_peer(f, &state, content);
	f->s->backlog = state.limit;
	return note_clients(f, &state, content);
}

int cr_unix_connect(bool content)
{
	struct netlink nl = NETLINK_INIT;
	const struct cr_found *f;
	int result = 0;

	if (!cr_socket_found(0))
		return 0;
	if (cr_visit_net(cr_socket_init(), open_diag, &nl) < 0)
		return fail("cannot ask about the sockets of the container");
	/* First who listens, as they know who waits. */
	for (uint32_t pass = CR_LISTENS + 1; pass-- > 0;)
		for (size_t i = 0; result == 0 && (f = cr_socket_found(i)); i++)
			if ((f->s->flags & CR_LISTENS) == pass)
				result = look(&nl, f, content);
	netlink_close(&nl);
	return result;
}
